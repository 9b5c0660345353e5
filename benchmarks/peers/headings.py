"""The words that our theme puts where an article only has a code, for the themes of the peers."""

QUESTIONS = {
    "interactions": "Other medicines, food and alcohol",
    "pregnancy": "Pregnancy and breastfeeding",
    "overdose": "Taking too much",
    "driving": "Driving and using machines",
}
RISKS = {"common": "Common side effects", "serious": "Serious side effects"}
LEGAL_CLASSES = {"P": "Sold in pharmacies only"}
