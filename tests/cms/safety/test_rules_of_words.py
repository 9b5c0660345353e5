"""S7 to S10, S13, S15: what is offered, promised or taught in words, and how hard they are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cms.safety.judging import judge
from cms.safety.limits import Limits
from cms.safety.reading.facts import LegalStatus, ReviewFacts, TermFacts
from cms.safety.reading.shops import is_chat, sells

from .sound_page import (
    AUTHOR,
    CONTROLLED,
    HELPLINE,
    POM,
    REVIEWER,
    SOURCE,
    TODAY,
    button,
    found,
    heading,
    items,
    law_notice,
    notice,
    said,
    sound,
)

HELP = ("helpline", {"helpline": 1})
AROUND = ("seo_title", "synonyms", "change_note", "funding", "conflicts", "withdrawn_reason")


def text(words):
    return sound(("rich_text", f"<p>{words}</p>"))


# S13


PROMISES = """
This medicine cures depression.
It is a miracle for people in pain.
It is safe.
Ketamine is completely safe in trained hands.
They are proven safe and effective.
Relief is guaranteed.
We guarantee results.
It has no side effects.
It works without side effects.
A risk-free way to sleep well.
This is a breakthrough in mental health care.
A revolutionary treatment.
The ＣＵＲＥ you waited for.
The c\u200bure you waited for.
It’s harmless.
It works for everyone.
You are cured within days.
It is 100% effective.
It is 100 % safe for you.
It not only helps, it cures.
Do not wait: a cure is here.
Don’t hesitate, relief is guaranteed.
It is a safe medicine.
It does not hurt and cures pain.
A safe, effective treatment.
The safest treatment there is.
It always works.
It never causes harm.
Clinically proven.
Ketamine has been shown to be safe.
It ends your depression for good.
We promise relief.
Doctors tell us it is safe.
Patients report that they are cured.
Ask us about our miracle cure.
Doctors believe it is safe.
Without surgery you are cured.
No wonder people call it a miracle.
Did you know it cures depression?
It has no adverse effects.
It is foolproof.
It is scientifically proven.
Say goodbye to pain.
It is suitable for everyone.
It works 100% of the time.
It is one hundred per cent safe.
“It cured me in a week”, says Anna.
Anna wrote: "I've found a miracle."
‘This breakthrough gave me my life back.’
""".strip().splitlines()

NO_PROMISES = """
Relief is not guaranteed.
Is it safe?
Is it safe to take with alcohol?
Can it cure migraine?
It cannot cure insomnia.
There is no cure for this.
There is no known cure yet.
It does not cure the illness; it eases the pain.
There are safer medicines.
If you are already driving, stop somewhere safe and rest.
Call 999 if you cannot keep yourself safe.
Keep it in a safe place.
There is no safe amount of alcohol in pregnancy.
No amount is safe.
It can buy time until the ambulance comes.
Nobody knows whether it is safe in pregnancy.
Ask whether it is safe for you.
It is not without risk.
Beware of sellers who promise a miracle.
Some adverts call it a “miracle cure”.
The law says: “No advertisement may say that a product is guaranteed to work.”
Ask a pharmacist if it is safe to take.
It has not been shown to be safe.
Do not drive until it is safe to do so.
A cure has not been found.
Breakthrough pain is pain that comes back between doses.
About 100% of the dose leaves the body.
Secure the area and make sure the person is on their side.
Claims that it cures cancer are false.
It is wrong to say that it is harmless.
Doctors look at risk factors first.
It does not always work.
It has not been clinically proven.
It has not been shown to be safe in pregnancy.
The safest place for it is a locked cupboard.
Nothing is completely safe.
It is a common belief that it is safe.
You may be told that it is safe: ask who says so.
It is far from risk free.
It is not suitable for everyone.
It is suitable for everyone over 12.
Tell your doctor whether it is safe at home.
Do you know whether it is safe?
Have you heard that it cures cancer?
Many ask: “Can it cure my migraine?”
Beware of people who write “it cured me”.
Nobody should say “I guarantee it”.
Can you trust a stranger who writes “it cured me”?
A dose that is safe for one person may be fatal for another.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", PROMISES)
def test_promise_is_told_and_refused_where_the_law_restricts_the_medicine(sentence):
    page = text(sentence)
    assert set(said("S13", page)) == {("WARN", "body.1")}
    assert set(said("S13", replace(page, legal_status=POM))) == {("BLOCK", "body.1")}


@pytest.mark.parametrize("sentence", NO_PROMISES)
def test_what_promises_nothing_passes(sentence):
    assert [one.message for one in found("S13", text(sentence))] == []


TERM = ("glossary_term", {"glossary_term": 4})
NAMED = [
    ("S9", TermFacts("Tonic", "A miracle cure, buy online.")),
    ("S9", TermFacts("Tonic", "Something to drink.", "order a tonic online")),
    ("S10", TermFacts("Tonic", "Ways to kill yourself.")),
    ("S13", TermFacts("Tonic", "A miracle cure, buy online.")),
    ("S13", TermFacts("Miracle cure", "Something to drink.")),
]


@pytest.mark.parametrize(("rule", "term"), NAMED)
def test_words_of_a_glossary_term_are_those_of_the_part_that_names_it(rule, term):
    found_there = found(rule, sound(heading(), TERM, legal_status=POM, terms={4: term}))
    assert found_there
    assert {(one.severity.value, one.place.block_id) for one in found_there} == {("BLOCK", "b2")}
    assert all(one.place.label.startswith("glossary term (part 2 of") for one in found_there)


def test_terms_that_the_page_does_not_name_are_not_judged_with_it():
    page = sound(TERM, terms={4: TermFacts("Tonic", "A drink."), 5: TermFacts("Miracle cure")})
    assert said("S13", page) == []


def test_schedule_of_a_legal_status_is_judged():
    status = (LegalStatus("GB", "P"), LegalStatus("IE", "P", "A miracle cure, buy online"))
    (offer,) = found("S9", sound(legal_status=status))
    assert (offer.place.field, offer.place.path) == ("legal_status", "legal_status.2.schedule")
    assert offer.place.label == "Legal status, country 2, schedule"
    assert set(said("S13", sound(legal_status=status))) == {("WARN", "legal_status.2.schedule")}


def test_two_promises_of_one_part_have_keys_of_their_own():
    keys = {one.key for one in found("S13", text("It cures pain. Relief is guaranteed."))}
    assert keys == {"S13:b1:cures", "S13:b1:guaranteed"}


def test_promises_are_found_in_title_summary_and_key_points():
    page = sound(
        heading(),
        title="A miracle",
        summary="It cures.",
        search_description="Guaranteed.",
        key_points=("It is safe.",),
    )
    assert said("S13", page) == [
        ("WARN", "title"),
        ("WARN", "summary"),
        ("WARN", "search_description"),
        ("WARN", "key_points.1"),
    ]


# S9


OFFERS = """
Order online today.
Buy ketamine here.
Where to buy ketamine
You can buy it online from us.
Shop now for tablets.
Add to basket
Free next-day delivery to your door.
Discreet packaging, worldwide shipping.
DM us for prices.
Message me on WhatsApp.
Pay with Bitcoin.
Monero accepted.
Use the discount code LEAF.
Prices start at a low level.
The price per gram is low.
Ketamine for sale.
We know a trusted supplier.
Find it on the dark web markets.
Telegram: @leafshop
Do not wait, order it online now.
O\u200brder online today
Buy Viagra online here for £9.99.
You can buy sildenafil online at a low price.
Order Viagra today.
You can order Viagra from us.
Order your tablets of Viagra on the internet.
A pack is £12.50 when you buy two.
We accept Bitcoin.
Visit our online shop.
We ship worldwide.
We deliver to your door.
Click here to buy.
Find a supplier near you.
There is a dealer on Telegram.
Snap: leafshop
Signal: +44 7700 900123
Check out our online shop.
Ask us about our discount code.
Ask about our special offers.
Tell your friends to order online today.
Without a prescription you can buy it online.
Would you like to buy ketamine online?
Are you looking for a cheap supplier?
Add it to your basket.
Contact us on Telegram.
@leafshop on Telegram
Get ketamine delivered to your home.
Bulk orders welcome.
Get 10% off your first order.
Email us to order.
""".strip().splitlines()

NO_OFFERS = """
Never buy medicines online without a prescription.
Do not order it online.
It is illegal to buy ketamine.
It can buy time until help comes.
In order to work, it must reach the brain.
You can order a repeat prescription in the NHS App.
Naloxone is available without a prescription from some services.
Having it without a prescription, or giving it to others, is a crime.
Can I buy it online?
Get help today.
Get help online or by phone.
If you need support now, text us for help.
The order of the uses tells how well they are proven.
Ask a pharmacist before you buy it.
Beware of websites that say “order online, no prescription needed”.
“No person may sell or supply a prescription only medicine without a prescription.”
The signal travels along the nerve.
Session: twice a week with a therapist.
It is an offence to sell, share or buy it.
Talk to a drug service if somebody offers it for sale.
The cost of depression is high.
Do not buy Viagra online.
Never order slimming tablets or anything like them online.
In order to find a service, look online.
The order of things is explained online.
You can order repeat prescriptions online.
Order a home test today.
It can buy you some time to look for help online.
It is illegal to buy Viagra online for £9.99.
Do people buy Viagra online?
You may pay the prescription charge of £9.90 before you buy a season ticket.
Never buy from an online shop.
A signal of 1200 mV travels along the nerve.
We deliver this advice with care.
Only buy medicines online from a registered pharmacy.
People who buy drugs online do not know what is in them.
Some people order their medicines online from a registered pharmacy.
Message us if you need support.
Same day delivery of results is not usual.
The cost per dose to the health service was studied.
Check whether the pharmacy is registered before you buy medicines online.
You can get your prescription delivered by some pharmacies.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", OFFERS)
def test_words_of_sellers_are_refused(sentence):
    assert set(said("S9", text(sentence))) == {("BLOCK", "body.1")}


@pytest.mark.parametrize("sentence", NO_OFFERS)
def test_words_that_sell_nothing_pass(sentence):
    assert [one.message for one in found("S9", text(sentence))] == []


@pytest.mark.parametrize("named", ["title", "synonyms", "generic_name", "brand_names"])
def test_name_of_the_medicine_is_something_that_is_bought(named):
    words = ("rich_text", "<p>You can buy Nonesuchin at a chemist.</p>")
    page = replace(sound(words), title="A medicine", topic_type="medicine")
    of_block = {"generic_name": "Nonesuchin", "brand_names": items("Nonesuchin")}
    of_page = {"title": "What is Nonesuchin?", "synonyms": ("Nonesuchin",)}
    if named in of_block:
        facts = ("medicine_facts", {named: of_block[named]})
        called = replace(sound(words, facts), title="A medicine", topic_type="medicine")
    else:
        called = replace(page, **{named: of_page[named]})
    assert said("S9", page) == []
    assert set(said("S9", called)) == {("BLOCK", "body.1")}


@pytest.mark.parametrize("label", ["Buy Viagra online", "Order Viagra", "Shop for Viagra"])
def test_button_that_sells_is_refused_whatever_the_law_says(label):
    assert ("BLOCK", "body.1") in said("S9", sound(button(label)))


def test_button_to_a_test_passes():
    assert said("S9", sound(button("Order a free home test"))) == []


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://www.amazon.co.uk/dp/1">a pillow</a>',
        '<a href="https://t.me/leaf">our channel</a>',
        "See www.cheap-tablets.example for more",
        '<a href="https://example.org/shop/pillows">pillows</a>',
        "<a href=https://t.me/leaf>our channel</a>",
    ],
)
def test_links_to_shops_and_chats_are_refused(html):
    assert set(said("S9", text(html))) == {("BLOCK", "body.1")}


def test_sources_lead_to_no_shop():
    page = sound(sources=(replace(SOURCE, url="https://www.ebay.com/itm/1"),))
    assert said("S9", page) == [("BLOCK", "sources.1")]


SHOP = "https://tablets.shop/"


@pytest.mark.parametrize(("rule", "legal_status"), [("S7", POM), ("S9", (LegalStatus("GB", "P"),))])
def test_what_a_page_names_leads_to_no_shop(rule, legal_status):
    sold = {
        "Helpline (part 1": {"helplines": {1: replace(HELPLINE, url=SHOP)}},
        "Authors, profile of Sam Writer": {"authors": (replace(AUTHOR, profile_url=SHOP),)},
        "Reviewer, profile of Ada Example": {
            "review": ReviewFacts(replace(REVIEWER, profile_url=SHOP))
        },
    }
    for label, changes in sold.items():
        page = sound(HELP, legal_status=legal_status, **changes)
        (finding,) = found(rule, page)
        assert finding.severity == "BLOCK"
        assert finding.place.label.casefold().startswith(label.casefold())


def test_helpline_may_say_how_it_is_reached():
    hours = "Call or text us. WhatsApp: 9am to 5pm"
    assert said("S9", sound(HELP, helplines={1: replace(HELPLINE, hours=hours)})) == []


def test_helpline_may_be_reached_by_chat():
    page = sound(HELP, helplines={1: replace(HELPLINE, url="https://wa.me/441234567890")})
    assert said("S9", page) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/leaf",
        "https://telegram.dog/leaf",
        "https://api.whatsapp.com/send?phone=44",
        "https://www.snapchat.com/add/leaf",
        "https://discord.com/invite/leaf",
        "https://signal.group/#leaf",
    ],
)
def test_chats_are_known(url):
    assert is_chat(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.amazon.de/x",
        "https://amazon.com",
        "https://buy-tablets.example.org/",
        "https://tablets.shop/",
        "https://example.org/cart",
        "www.shop.example.org",
        "https://EBAY.com/itm",
        "https://example.org/buy-tablets-online",
        "https://example.org/en/buy_tablets.html",
        "https://example.org/checkout.php?id=1",
        "https://buytablets.example/",
        "https://www.tabletshop.example/",
        "https://online-pharmacy.example/",
        "https://www.cheap-meds.example/",
        "https://ketamine.example/pricing",
        "https://gov.example.shop/",
    ],
)
def test_shops_are_known(url):
    assert sells(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.nhs.uk/medicines/ketamine/",
        "https://www.pharmacyregulation.org/",
        "https://www.rpharms.com/",
        "https://workshop.example.org/",
        "https://theworkshop.example/",
        "https://bishop.example/",
        "https://pharmacy.example.edu/",
        "https://www.fda.gov/drugs/buying-using-medicine-safely",
        "https://www.nhs.uk/nhs-services/prescriptions/",
        "https://notamazon.com/",
        "https://www.gov.uk/government/publications/ketamine-report",
        "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=1",
        "https://list.essentialmeds.org/",
        "https://www.medicines.org.uk/emc/product/1234/smpc",
        "https://products.mhra.gov.uk/product/?product=X",
        "https://www.nhsbsa.nhs.uk/buy-prescription-prepayment-certificate",
        "https://www.tga.gov.au/products/medicines",
        "tel:999",
        "mailto:help@example.org",
        "https://[",
        "",
    ],
)
def test_others_are_no_shops(url):
    assert not sells(url)
    assert not is_chat(url)


# S7


@pytest.mark.parametrize("legal_status", [POM, CONTROLLED, (LegalStatus("US", "POM"),)])
@pytest.mark.parametrize(
    "label",
    [
        "Buy now",
        "Book your infusion",
        "Order here",
        "See prices",
        "Find your dose",
        "Get started",
        "Get it now",
        "Get ketamine",
        "Add to bag",
        "Request a prescription",
    ],
)
def test_button_that_offers_a_restricted_medicine_is_refused(label, legal_status):
    assert said("S7", sound(button(label), legal_status=legal_status)) == [("BLOCK", "body.1")]


@pytest.mark.parametrize(
    "label", ["Find help", "Talk to a pharmacist", "Read about depression", "Report a side effect"]
)
def test_button_that_offers_nothing_passes(label):
    assert said("S7", sound(button(label), legal_status=CONTROLLED)) == []


def test_button_to_a_shop_is_refused():
    page = sound(button(url="https://tablets.shop/"), legal_status=POM)
    assert said("S7", page) == [("BLOCK", "body.1")]


@pytest.mark.parametrize("purpose", ["buy", "", None])
def test_button_without_a_purpose_of_the_list_is_refused(purpose):
    assert said("S7", sound(button(purpose=purpose))) == [("BLOCK", "body.1")]


@pytest.mark.parametrize(
    "words",
    [
        "An infusion costs £400.",
        "From £99 a session",
        "It is $20 per pill",
        "Cost: £30",
        "Each infusion is £400.",
        "Around £600 for six sessions",
        "An infusion costs 400 €.",
        "400€ per session",
        "Infusions: £400",
        "£400 per course",
        "£50 per visit",
        "It costs 400 euro.",
    ],
)
def test_price_of_a_restricted_medicine_is_refused(words):
    assert said("S7", replace(text(words), legal_status=POM)) == [("BLOCK", "body.1")]
    assert said("S7", text(words)) == []


@pytest.mark.parametrize(
    "words",
    [
        "You pay the prescription charge of £9.90.",
        "There may be a fine of £5,000.",
        "400 mg",
        "Depression costs the country £100 billion a year.",
    ],
)
def test_sum_that_is_no_price_passes(words):
    assert said("S7", replace(text(words), legal_status=POM)) == []


def table(heading, cell, caption="In short"):
    column = {"type": "text", "heading": heading}
    rows = [{"values": ["England", cell]}]
    cells = {"columns": [{"type": "text", "heading": "Where"}, column], "rows": rows}
    return sound(("table", {"caption": caption, "table": cells}), legal_status=POM)


def test_price_in_a_table_is_one_by_its_column():
    assert said("S7", table("Price", "£400")) == [("BLOCK", "body.1")]
    assert said("S7", table("Private", "€400", caption="What it costs")) == [("BLOCK", "body.1")]
    assert said("S7", table("Highest fine", "£5,000")) == []
    assert said("S7", table("Cost to the NHS", "£400")) == []


@pytest.mark.parametrize("name", AROUND)
def test_price_around_the_text_is_refused_too(name):
    words = "An infusion costs £400."
    page = sound(legal_status=POM, **{name: (words,) if name == "synonyms" else words})
    assert [place.partition(".")[0] for _, place in said("S7", page)] == [name]


LINK = '<a href="https://clinic.example.org/">{}</a>'


@pytest.mark.parametrize(
    "words",
    ["Book your infusion", "Start your treatment", "Find your dose", "Check your eligibility"],
)
def test_link_that_calls_to_buy_a_restricted_medicine_is_refused(words):
    page = text(LINK.format(words))
    assert said("S7", replace(page, legal_status=POM)) == [("BLOCK", "body.1")]
    assert said("S7", page) == []


@pytest.mark.parametrize(
    "words",
    [
        "Book an appointment with your GP",
        "Book a session with a therapist",
        "The cost of depression",
        "Order of the uses",
        "Find a drug service",
        "Starting treatment",
    ],
)
def test_link_that_calls_to_nothing_of_the_kind_passes(words):
    assert said("S7", replace(text(LINK.format(words)), legal_status=POM)) == []


# S8


def controlled(*blocks):
    return sound(*blocks, legal_status=CONTROLLED)


def test_controlled_drug_with_a_notice_near_the_top_and_a_helpline_passes():
    assert (
        said(
            "S8",
            controlled(
                button(),
                law_notice(
                    helpline=None,
                    text="It is a controlled drug. People come to depend on it. "
                    "<a linktype='page' id='3'>Who can help</a>",
                ),
                HELP,
            ),
        )
        == []
    )


def test_controlled_drug_without_a_notice_is_refused():
    assert [one.about for one in found("S8", controlled(notice(), HELP))] == ["notice"]


def test_notice_about_the_law_further_down_is_refused():
    page = controlled(*[heading()] * 5, law_notice())
    assert said("S8", page) == [("BLOCK", "body.6")]
    assert said("S8", page, notice_within_parts=6) == []


@pytest.mark.parametrize(
    ("words", "lacks"),
    [
        ("People can come to depend on it.", "law"),
        ("It is a class B drug.", "dependence"),
    ],
)
def test_notice_that_leaves_something_out_is_refused(words, lacks):
    page = controlled(law_notice(title="Take care", text=words), HELP)
    assert [one.about for one in found("S8", page)] == [lacks]


def test_notice_that_has_the_law_for_a_title_alone_says_nothing_of_it():
    words = "People can come to depend on it."
    assert [one.about for one in found("S8", controlled(law_notice(text=words), HELP))] == ["law"]
    named = law_notice(title="A class B drug by law", text=words)
    assert said("S8", controlled(named, HELP)) == []


def test_notice_without_a_way_to_help_is_refused():
    assert [one.about for one in found("S8", controlled(law_notice(helpline=None), HELP))] == [
        "help"
    ]


def test_controlled_drug_without_a_helpline_is_refused():
    page = replace(controlled(law_notice()), helplines={})
    assert [one.about for one in found("S8", page)] == ["help", "helpline"]


def test_other_medicines_need_no_such_notice():
    assert said("S8", sound(notice(), legal_status=POM)) == []


# S10


@pytest.mark.parametrize(
    "title",
    [
        "What is depression?",
        "SSRIs",
        "Self-harm: how to help",
        "After an overdose",
        "Alcohol dependence",
        "Low mood",
        "Heroin",
        "Drinking too much",
        "Opioid withdrawal",
        "Mental distress",
    ],
)
def test_page_about_a_crisis_without_a_helpline_is_refused(title):
    assert said("S10", sound(heading(), title=title)) == [("BLOCK", "")]
    assert said("S10", sound(heading(title))) == [("BLOCK", "")]
    assert said("S10", sound(heading(), synonyms=(title,))) == [("BLOCK", "")]
    assert said("S10", sound(HELP, title=title)) == []


@pytest.mark.parametrize(
    "block",
    [
        (
            "faq",
            {"heading": "Q", "items": items({"question": "Why am I suicidal?", "answer": "x"})},
        ),
        ("medical_uses", {"heading": "Uses", "items": items({"term": "Depression", "text": "x"})}),
        ("medicine_facts", {"generic_name": "x", "drug_class": "SSRI antidepressant"}),
        ("rich_text", "<h3>Self-harm</h3><p>x</p>"),
    ],
    ids=lambda block: block[0],
)
def test_question_or_use_or_class_is_what_a_page_is_about(block):
    assert said("S10", sound(block)) == [("BLOCK", "")]
    assert said("S10", sound(block, HELP)) == []


def test_answer_or_benefit_that_speaks_of_a_crisis_makes_the_page_none_about_it():
    asked = {"question": "Who can take it?", "answer": "Ask first if you have depression."}
    faq = ("faq", {"heading": "Q", "items": items(asked)})
    assert said("S10", sound(faq)) == []
    good = ("benefits", {"heading": "Benefits", "items": items({"term": "Less anxiety"})})
    assert said("S10", sound(good)) == []


def test_title_tag_is_a_title():
    assert said("S10", sound(heading(), seo_title="Depression")) == [("BLOCK", "")]


def test_helpline_that_cannot_be_reached_is_none():
    page = sound(HELP, title="Depression", helplines={1: replace(HELPLINE, phone="")})
    assert said("S10", page) == [("BLOCK", "")]


@pytest.mark.parametrize("title", ["Sleeping better", "Migraine", "Methotrexate", "Paracetamol"])
def test_other_pages_need_none(title):
    assert said("S10", sound(heading(), title=title)) == []


def test_section_that_every_medicine_has_makes_no_crisis():
    assert said("S10", sound(("overdose", {"text": "Call 111."}))) == []


@pytest.mark.parametrize(
    "words",
    [
        "A lethal dose is small.",
        "The fatal amount differs.",
        "This is the most effective way to die.",
        "A painless way to die.",
        "People ask how much it takes to die.",
        "How many tablets it takes to overdose.",
        "How to overdose on it.",
        "How many paracetamol tablets would kill you",
        "The quickest way to end it all",
        "How to tie a noose.",
        "People hang themselves from there.",
        "How to hide self-harm from your parents",
        "It takes 20 tablets to kill an adult.",
    ],
)
def test_what_may_teach_harm_is_refused(words):
    assert set(said("S10", text(words))) == {("BLOCK", "body.1")}


@pytest.mark.parametrize(
    "words",
    [
        "An overdose can be fatal: call 999.",
        "Lock medicines away to limit access to means.",
        "Too much can damage the liver, even without symptoms.",
        "Many deaths involve more than one drug.",
        "Ask for help if you think about ending your life.",
        "The best way to end the treatment is slowly.",
        "The best way to end a migraine attack is rest.",
        "Alcohol and opioids can be a fatal combination.",
        "Tell somebody if you think of ways to kill yourself.",
        "Call 999 if you have the means to end your life.",
        "Two tablets are enough to kill the worms.",
        "The dose that kills bacteria differs.",
    ],
)
def test_words_that_teach_no_harm_pass(words):
    assert [one.message for one in found("S10", text(words))] == []


# S15


HARD = (
    "Pharmacological interventions necessitate comprehensive multidisciplinary consideration of "
    "contraindications, particularly regarding cardiovascular comorbidities and concomitant "
    "administration of respiratory depressants. "
)
EASY = "Take the tablet with water. Ask a nurse if you feel sick. It can help you sleep. "


def test_hard_text_is_told_with_both_measures_and_its_longest_sentence():
    lix, grade = found("S15", text(HARD * 10))
    assert {lix.severity, grade.severity} == {"WARN"}
    assert {lix.place.kind, grade.place.kind} == {"page"}
    assert "'Pharmacological interventions necessitate" in lix.message


def test_easy_text_passes():
    assert said("S15", text(EASY * 10)) == []


def test_few_words_prove_nothing():
    assert said("S15", text(HARD)) == []


def test_only_english_has_a_grade():
    (finding,) = found("S15", replace(text(HARD * 10), locale="de"))
    assert finding.about == "lix"


def test_how_hard_a_text_may_be_is_a_limit():
    assert said("S15", text(HARD * 10), lix=200, grade=60) == []


# What stands around the text


@pytest.mark.parametrize("name", AROUND)
@pytest.mark.parametrize(
    ("rule", "words"),
    [("S9", "Order online today"), ("S9", "Buy Viagra online"), ("S13", "A miracle")],
)
def test_words_around_the_text_are_read_too(name, rule, words):
    said_there = (words,) if name == "synonyms" else words
    findings = found(rule, replace(sound(), **{name: said_there}))
    assert {one.place.field for one in findings} == {name}


@pytest.mark.parametrize("name", AROUND)
def test_words_around_the_text_teach_no_harm_either(name):
    said_there = ("How to overdose",) if name == "synonyms" else "How to overdose"
    findings = found("S10", replace(sound(), **{name: said_there}))
    assert name in {one.place.field for one in findings}


@pytest.mark.parametrize(
    ("rule", "words"), [("S9", "Order online today"), ("S13", "Cures guaranteed")]
)
def test_words_of_whom_a_page_names_are_read_too(rule, words):
    named = {
        "Helpline (part 1": {"helplines": {1: replace(HELPLINE, name=words)}},
        "Authors, Sam Writer": {"authors": (replace(AUTHOR, role=words),)},
        "Reviewer, Ada Example": {"review": ReviewFacts(replace(REVIEWER, credential=words))},
    }
    for label, changes in named.items():
        places = {one.place.label for one in found(rule, sound(HELP, **changes))}
        assert len(places) == 1
        assert places.pop().casefold().startswith(label.casefold())


def test_name_of_a_person_promises_nothing():
    assert said("S13", sound(authors=(replace(AUTHOR, name="Dr Cure"),))) == []


@pytest.mark.parametrize("page_type", ["topicpage", "glossaryterm"])
def test_what_has_no_parts_teaches_no_harm_and_needs_no_helpline(page_type):
    page = sound(heading(), page_type=page_type, title="Depression")
    assert judge(page, Limits(), TODAY).findings == ()
    taught = replace(page, summary="How to overdose.")
    assert {one.rule for one in judge(taught, Limits(), TODAY).findings} == {"S10"}


def test_notice_of_a_withdrawal_needs_no_helpline_and_teaches_no_harm():
    page = sound(heading(), title="Depression", withdrawn_on=TODAY)
    assert judge(page, Limits(), TODAY).findings == ()
    assert [one.rule for one in judge(page, Limits(), TODAY - timedelta(1)).findings] != []
    taught = replace(page, withdrawn_reason="It told how to overdose.")
    assert {one.rule for one in judge(taught, Limits(), TODAY).findings} == {"S10"}


def test_title_of_a_source_is_as_its_publisher_gave_it():
    assert said("S10", sound(sources=(replace(SOURCE, title="Methods of suicide"),))) == []
    priced = replace(SOURCE, title="A dose costs £400")
    assert said("S7", sound(sources=(priced,), legal_status=POM)) == []


@pytest.mark.parametrize(("rule", "words"), [("S9", "Order online today"), ("S13", "A miracle")])
def test_titles_of_sources_are_read_too(rule, words):
    findings = found(rule, replace(sound(), sources=(replace(SOURCE, title=words),)))
    assert {one.place.label for one in findings} == {"Sources, source 1, title"}


def test_reason_of_a_withdrawal_is_read_where_the_text_is_not():
    page = replace(
        text("It is a miracle."), withdrawn_on=TODAY, withdrawn_reason="Order online today"
    )
    fields = {one.place.field for one in judge(page, Limits(), TODAY).findings}
    assert fields == {"withdrawn_reason"}
