"""How many posts the blog has, for those who fill it and those who count them."""

POSTS = 500
