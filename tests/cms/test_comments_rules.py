import re
import threading
import time
import tomllib
from itertools import product
from pathlib import Path

import pytest
import yaml

from cms.comments.rules import (
    Judged,
    Match,
    PageState,
    Rule,
    Verdict,
    WordLists,
    checked,
    has_link,
    judge,
    word_lists,
)
from cms.comments.rules.judging import MOST_MATCHES
from cms.comments.rules.lists import WORDS
from cms.core.normalise import normalise, words
from cms.core.phrase_lists import Section
from cms.core.phrases import Phrases
from tests.growth import assert_linear
from tests.hostile_comments import HOSTILE

EN = word_lists("en")

URGENT = """
I want to die.
I just really, really want to die
i wanna die lol but not lol
I don’t want to live any more
I DON'T WANT TO BE HERE ANYMORE
I no longer want to be alive.
I wish I was dead
I wish I could go to sleep and never wake up
Everyone would be better off without me
There is no reason to live
I can't go on like this
I can not carry on living
I can't cope any more, nothing helps
I want it all to end
I am going to kill myself tonight
I keep thinking about killing myself
I’m gonna end my life
I am thinking of taking my own life
I have been feeling suicidal for weeks
feeling suicidal tonight, the ketamine made it worse
I keep having suicidal thoughts since I started these tablets
I've been thinking about suicide
I have a plan to end it
I've written a suicide note
I want to hang myself
i might jump off the bridge
I want to slit my wrists
How many paracetamol would it take to kill me?
What is the most painless way to die
gonna kms tonight
I can't stop cutting myself
I have started self-harming again
I need to hurt myself
I cut myself every night to cope
I cannot keep myself safe
I'm a danger to myself.
I'm scared I might do something stupid
I have taken an overdose
I've just taken too many tablets, what do I do
I took 32 paracetamol an hour ago
I swallowed a whole packet of codeine
I'm going to overdose
My daughter has taken too many pills
He won't wake up, please help
My husband hits me
My partner is hurting me and the kids
He is going to kill me
My boyfriend threatened to kill me
I'm being abused by my carer
I am not safe at home
I'm scared of my dad
I was raped last night
He won't let me leave the house
My son is suicidal
My best friend says she wants to die
She is threatening to kill herself
my teenage daughter is self harming
My brother just tried to hang himself
I have been planning my suicide
I dont see the point in living
I can’t do this anymore
I feel so suicidal right now
i took an overdose of sertraline and feel strange
My wife took an overdose
He just swallowed a bottle of pills
I drank a whole bottle of morphine
I want to end it
I want to end it all
Ready to end my life
I need to die
I should just die
I hate myself and want to die
wanna kill myself
don't want to be alive anymore
I have no reason to live
I wish I'd never been born
Nobody would miss me if I died
I cannot live like this any longer
I'm cutting myself
I self harm
i self-harm every day
Been self harming since January
my dad beats me
My mum hits me when she is drunk
I'm being raped by my uncle
My stepdad touches me
he keeps hitting me
He strangled me last night
My ex is stalking me
He says he will kill me if I leave
I am scared to go home
I feel unsafe at home
I'm trapped in the house with him
my son wants to kill himself
My daughter keeps saying she wants to die
My friend took too many pills and won't wake up
my baby isn't breathing
She's unconscious, what do I do
I think I overdosed
how much ketamine would kill me
How many tablets should I take to die
best way to kill yourself
I'm considering suicide
I’m contemplating ending it
suicide is my only option
suicide feels like the only way out
I am a burden to everyone
I have nothing to live for
There's nothing left for me
I can't take it anymore
I don't want to wake up tomorrow
I want to disappear
i want 2 die
I’m going to jump in front of a train
I'm saving up my tablets to kill myself
I bought enough pills to end it
I hear voices telling me to kill my family
voices telling me to hurt myself
I want to kill my husband
I'm going to hurt someone
I have just taken 20 paracetamol tablets
I took all my mum's diazepam
I have eaten a whole box of paracetamol
I've taken my whole prescription at once
I've injected too much insulin
I can't breathe
I have chest pain and can't breathe
I keep getting the urge to cut myself
I am not safe with my husband
my boss is sexually abusing me
They are forcing me to take pills
I am thinking about ending my life tonight and this page came up
honestly i just want to not be here any more
I dont think I can keep going
I've had enough of life
I don't want to carry on
My life isn't worth living
life is not worth living
Please help me I took loads of tablets
I swallowed 40 pills
have taken an overdose please help
My mum has swallowed all of her tablets
my boyfriend is choking me when he drinks
he raped me
I was sexually assaulted yesterday
i am being beaten by my husband
my carer hits me
I'm frightened of my husband
I've been self-harming for years and it is getting worse
I burn myself on purpose
I want to cut so badly
Thinking of suicide again
Suicidal and alone
I'm suicidal
am suicidal
feel like killing myself every day
I tried to kill myself last night
I nearly killed myself yesterday
My sister just texted me that she wants to die
my daughter says she is going to kill herself
our son talks about killing himself
My 14 year old is self harming
my friend is threatening suicide
I think my husband is going to kill himself
I'm planning to overdose on my meds
If this doesn't work I will end it
Would 50 tramadol kill me
how much insulin to kill yourself
I've got the tablets ready to end it
I'm going to do it tonight. Goodbye
Goodbye everyone I am sorry
I can't see a way out
What's the point of living
There's no point in being alive
I'm so tired of being alive
I deserve to die
I hope I don't wake up tomorrow
He says he is going to hurt the kids
He put his hands round my throat
I dont wanna be here anymore
i dnt want 2 live anymore
I WANNA DIE 😭😭
i wana die
i wan to die
i want die
I want to d!e
i want to k!ll my self
k1ll myself
k i l l myself
#killmyself
i feel sucidal
im gonna comit suiside tonite
i want to commit sewerslide
gonna unalive myself
having suicidal thoughts
suicidal ideation is getting worse
feeling suicidal
i want to sleep and never wake up
whats the point anymore
nobody would miss me
no one would care if i died
noone would notice if I disappeared
this is goodbye
I've said my goodbyes
wish i was dead
wish i were never born
I hate my life and want to end it
I'm ending it
ending it tonight
ready to die
I pray to die every night
i pray i dont wake up
I'm going to jump
I'm standing on the edge of a bridge right now
I nearly jumped in front of a train
I want to walk into traffic
thinking about driving into a tree
how to kill yourself
I've bought a rope
I have the pills in front of me
I've overdosed
Took all my tablets
she's taken an overdose
my friend took ketamine and wont wake up
he took too much ket and isnt breathing
my toddler swallowed my pills
my child has swallowed ketamine
I've drunk bleach
cant cope with life
I can't cope
life has no meaning and I can't carry on
I give up on life
I'm having a mental health crisis
I'm going to do something stupid
please help me im scared i will do something
I'm scared I'll hurt myself
I'm not safe
I burn myself with cigarettes
scratching myself till i bleed
I relapsed and cut again
I haven't eaten in 5 days
I think I'm dying
someone spiked my drink
I want to join my husband in heaven
theres no point anymore
it would be easier if i was dead
i feel like dying
I shouldnt be alive
im going to take all my pills
about to take an overdose
I've taken to many pills
I took them all
i ate 30 tramadol
my bf took 40 paracetamol
my sister has taken loads of pills
she passed out and i cant wake her
I cut too deep
he punched me
my hubby strangled me
he forced me to have sex
someone is hurting my child
I keep having thoughts of harming my baby
I'm going to shoot up the school
he left a suicide note
want to kms so bad
ODing rn
she cut her wrists
My mum said she doesn't want to live
my ex threatened to stab me
I'm locked in my room and he's outside
""".strip().splitlines()

NOT_URGENT = """
Where can I get the suicide prevention leaflet?
This saved my life.
This leaflet saved my life, thank you
The label says it is not shown to prevent suicide.
It warns of suicidal thoughts in young people.
I used to want to die, and ten years later I am glad to be here.
My late brother died by suicide in 2009.
I lost my mother to suicide.
Call Samaritans if you are feeling suicidal.
Does lithium lower the risk of suicide?
I work for a suicide prevention charity.
This headache is killing me
I could kill for a coffee while fasting
I was dying to know whether it works
I would rather die than eat liver again
I cut myself shaving and take warfarin, is that a problem?
I burned myself on the oven, can I use this cream?
The tablet hits me harder on an empty stomach
It hurts me to swallow
The injection hurts
My husband takes this for his pain
My wife kicked the habit years ago
I took two tablets at night
I have taken 2 tablets a day for a year
I took an antihistamine last night
How many paracetamol can I take in a day?
How many tablets does it take to work?
If someone has taken an overdose, call 999.
Call 999 if someone will not wake up.
Naloxone reverses an overdose of an opioid.
Keep naloxone at home in case of an overdose
People who overdose need help at once.
I can't go on holiday with these in my bag
I can't cope with the nausea
I want the pain to stop, would ibuprofen help?
I want this headache to end
I don't want to live in London because of the air
My mother wants to die at home, which medicines help?
I feel much better off without the tablets
He was unwell but he woke up
I do not want to be here for hours in the waiting room
I keep myself safe by locking the tablets away
I hurt my knee and want to run again
I killed the pain with ice
Suicide is discussed here with care, well done
She told me about side effects
My doctor is going to stop my tablets
My sister beat cancer
It took my own doctor a year to find out
He hit his head and was sick
I take my life seriously now
I laughed so much, I was killing myself laughing
I have nothing left to add
I have no plan for the weekend
What kills the virus?
Can this medicine cause thoughts of self-harm?
I'm going to take my medicine at night
This is my last day of antibiotics
The swelling won't go down and I can't sleep
I stopped breathing through my mouth
I had suicidal thoughts as a teenager and therapy helped
I don't want to live on painkillers for ever
I'm done with this medicine
It is a matter of life and death
I thought I was going to die of boredom
I can't do this exercise any more
No point in taking it twice
I am tired of life on this diet
The nurse hit me with a huge bill
He takes too many pills, his GP says
Too many tablets make me sick
I took the whole course
I want to stop smoking forever
I'd rather die than drink that again
I was raped as a child; this page is kind and clear
My brother tried to kill himself ten years ago, so this page matters to me
I work with people who self-harm
How much is too much?
Could this kill you?
Would four tablets kill a dog?
How do I kill time in hospital
I can't breathe through my nose with this spray
He is not responding to the treatment
My son isn't responding to antibiotics
My mum is not waking up at night any more, it works
My daughter won't wake up early for school
The dog won't wake up
My cat has taken too many tablets
I cut my arm on glass
I'm scared of my next blood test
I was afraid of my first dose
I am scared to take it
I don't feel safe in the car after a dose
What is the best way to die of old age, ha
I hit the wall at mile 20
She beat me to it
My husband is trying to kill weeds
My sister is being hit by side effects
I've had this for a week
I can't live without this cream
I can't keep going to the toilet
Better off asking the pharmacist
I jumped in front of the queue by mistake
The final message is clear
I was attacked by a dog last week, do I need a tetanus shot?
I would love to end it with a poem
Thank you, my son has autism and this helped us
How long does it take for sertraline to work?
I stopped taking it because of the headaches
My doctor changed my dose last week
Does anyone else feel sick with this?
I had a heart attack in 2019 and now take aspirin
My husband died of cancer last year, this page would have helped him
Is it safe to drink alcohol with this?
The picture of the tablet is wrong
I was scared of the injection but it was fine
I'm frightened of needles
The pain was so bad I thought I would die
Can ketamine help with depression that other drugs did not help?
My depression is better, I no longer cry every day
My daughter is afraid of the dentist
I had a bad reaction and stopped breathing for a moment in hospital
This drug nearly killed me in 2015, please mention allergy
My grandmother died from a fall
It killed my appetite
I have been beaten by this illness but I keep going
He threatens to stop my prescription
I can't go on the pill because of migraines
I can't take ibuprofen any more
I cannot carry on lifting at work, what exercises help?
I want to live longer, so I quit smoking
How do I talk to my friend about suicide?
What should I say to someone who is suicidal?
Men are more likely to die by suicide
Naloxone saved my brother when he overdosed in 2020
My brother overdosed in 2018
Please add a section on self-harm
The section on overdose is out of date
I cut the tablets in half with a knife
She cut her finger
I hurt myself lifting boxes, can I use ice?
I end my day with a cup of tea
I took my life insurance papers
Take your own life jacket
I'm done with chemo, hooray
We were hit by the flu
I feel unsafe driving after a dose
My ex used to hit me; I left in 2001 and am well
My mother used to beat me
I was abused as a child and this helped me
The nurse is hurting my arm each time she takes blood
Jumping off the bus I twisted my ankle
I might jump on the bandwagon
I am ready to go home
The doctor says he wants to try another drug
My son wants to end the treatment
Can ketamine stop you feeling suicidal?
My wife was feeling suicidal in 2012 and got help
I am not feeling suicidal
Do not take it if you have suicidal thoughts
If suicidal thoughts are getting worse, call your doctor
ketamine took away my suicidal thoughts
My suicidal thoughts stopped on ketamine
I am not ready to die
I can't take this anymore because of my kidneys
I cannot take it any more, my GP switched me to another
I want to go to sleep and not wake up at three
I take it at night and won't wake up until eight
I have not eaten for 6 hours, can I take it?
My son swallowed the tablet without trouble
I took all my tablets with food
I can't cope without my tablets
I'm going to jump straight in with a question
I'm not safe to drive after a dose
I'm dying for a cup of tea
I want to die my hair
He beats me at chess
I ran 5 kms today
I wrote a note for the nurse
This is my last post on this topic
She isn't breathing through her nose
What can I do if someone spiked my drink?
How do I know if I'm having a heart attack?
i dnt like the taste
I'm going to take all my tablets with breakfast
I took them all as prescribed
She says she doesn't want to live in London
It would be easier if I was told the dose
There is no point in taking two
Should I call an ambulance if it gets worse?
I take a deep breath
""".strip().splitlines()


def verdict(text="Thank you.", *, name="Sam", lists=EN, locale="en", **known):
    return judge(Judged(name=name, text=text, locale=locale, **known), lists)


def marked(text, rule, *, name="Sam", field="text"):
    """The words that ``rule`` marks in ``text``."""
    shown = {"name": name, "text": text}
    return [
        shown[match.field][match.start : match.end]
        for match in verdict(text, name=name).matches
        if match.rule == rule and match.field == field
    ]


@pytest.mark.parametrize("text", URGENT)
def test_person_in_danger_is_urgent(text):
    assert verdict(text).state == "urgent"
    assert marked(text, Rule.CRISIS)


@pytest.mark.parametrize(
    ("harmless", "urgent"),
    [
        ("My mother wants to die at home", "I want to die at home alone"),
        ("She is not waking up at night", "He is not breathing at all"),
        ("My son won't wake up for school", "My husband won't wake up for anything"),
        ("I don't want to live in London", "I don't want to live in a world like this"),
        ("I'd rather die than eat liver", "I'd rather die than go back to him"),
        ("I don't want to be here for hours", "I don't want to be here for one more day"),
        ("I was killing myself laughing", "I was killing myself laughing, now I want to die"),
        ("I can't breathe through my nose", "I can't breathe through this pain"),
    ],
)
def test_harmless_saying_swallows_no_cry_for_help(harmless, urgent):
    assert verdict(harmless).state == "held"
    assert verdict(urgent).state == "urgent"


def test_sample_comments_are_urgent_where_they_say_so():
    path = Path(__file__).parents[2] / "content_fixtures" / "comments.yaml"
    comments = yaml.safe_load(path.read_text("utf-8"))
    urgent = {comment["key"] for comment in comments if comment["state"] == "urgent"}
    assert urgent == {
        comment["key"]
        for comment in comments
        if verdict(comment["text"], name=comment["name"]).state == "urgent"
    }


@pytest.mark.parametrize("text", NOT_URGENT)
def test_talk_about_danger_is_not_urgent(text):
    assert not marked(text, Rule.CRISIS)
    assert verdict(text).state == "held"


@pytest.mark.parametrize(
    "text",
    [
        "I\u200b want\u00ad to d\u2060ie",
        "Ｉ ｗａｎｔ ｔｏ ｄｉｅ",
        "I want... to\n\ndie!!!",
        "i-want-to-die",
        "I want_to_die",
        "𝐈 𝐰𝐚𝐧𝐭 𝐭𝐨 𝐝𝐢𝐞",
        "I don\u2019t want to live",
        "I dont want to live",
        "I don`t want to live",
        "I w\u0430nt t\u043e di\u0435",
        "\u0131 want to d\u0131e",
        "\u026a \u1d21\u1d00\u0274\u1d1b \u1d1b\u1d0f \u1d05\u026a\u1d07",
    ],
)
def test_crisis_is_found_however_it_is_typed(text):
    assert verdict(text).state == "urgent"


def test_crisis_in_the_name_is_urgent():
    assert verdict(name="I want to die").matches == (Match(Rule.CRISIS, "name", 0, 13),)


GRAVE = {
    "signals": ("honeypot", "honeypot_missing", "no_origin", "old_form", "timing"),
    "same_text_elsewhere": True,
    "many_from_network": True,
    "many_on_site": True,
    "page": PageState.GONE,
}


@pytest.mark.parametrize("known", [{name: value} for name, value in GRAVE.items()] + [GRAVE])
def test_nothing_outranks_a_crisis(known):
    text = "I want to die. Best online casino, casino bonus, https://spam.example.com"
    assert verdict(text, locale="fr", **known).state == "urgent"
    assert verdict(text, **known).matches[0].rule == Rule.CRISIS


def test_filled_honeypot_is_suspected_spam():
    assert verdict(signals=("honeypot",)) == Verdict("spam", (Match(Rule.HONEYPOT, "", 0, 0),))


def test_blocked_word_is_suspected_spam_and_shown():
    text = "👍 Try our Online  CASINO now"
    assert verdict(text).state == "spam"
    assert marked(text, Rule.BLOCKLIST) == ["Online  CASINO"]


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({"signals": ("no_origin",)}, Rule.NO_ORIGIN),
        ({"signals": ("old_form",)}, Rule.OLD_FORM),
        ({"signals": ("honeypot_missing",)}, Rule.HONEYPOT_MISSING),
        ({"many_from_network": True}, Rule.NETWORK_RATE),
        ({"many_on_site": True}, Rule.SITE_RATE),
        ({"same_text_elsewhere": True}, Rule.DUPLICATE),
        ({"signals": ("timing",)}, Rule.TIMING),
        ({"page": PageState.CLOSED}, Rule.PAGE_CLOSED),
        ({"page": PageState.NOT_PUBLIC}, Rule.PAGE_NOT_PUBLIC),
        ({"page": PageState.GONE}, Rule.PAGE_GONE),
        ({"locale": "cy"}, Rule.NO_WORD_LIST),
        ({"text": "See https://example.com/"}, Rule.LINKS),
        ({"text": "Write to sam@example.org"}, Rule.PERSONAL_DATA),
        ({"text": "You should take 20 mg"}, Rule.DOSING),
        ({"text": "Where can I buy ketamine?"}, Rule.SOURCING),
        ({"text": "As a nurse I say so"}, Rule.CREDENTIALS),
    ],
)
def test_everything_else_is_held_with_its_reason(known, rule):
    state, matches = verdict(**known)
    assert (state, [match.rule for match in matches]) == ("held", [rule])


def test_comment_without_any_reason_waits_for_a_person():
    assert verdict("Thank you, this was clear.") == Verdict("held", ())


def test_unknown_signal_is_left_alone():
    assert verdict(signals=("moon",)) == Verdict("held", ())


def test_no_combination_is_ever_approved():
    choices = product(
        ("Thank you.", "I want to die", "online casino", "See example.com"),
        ((), ("honeypot",), ("honeypot_missing",), ("approved",)),
        (False, True),
        PageState,
        ("en", "fr"),
    )
    for text, signals, twice, page, locale in choices:
        known = Judged("Sam", text, locale, signals, twice, page)
        state = judge(known, EN).state
        expected = "spam" if "honeypot" in signals or "casino" in text else "held"
        assert state == ("urgent" if "die" in text else expected)


def test_reasons_come_the_gravest_first():
    text = "See example.com. You should take 20 mg. I want to die."
    rules = [match.rule for match in verdict(text, name="Dr Sam", signals=("no_origin",)).matches]
    assert rules == [Rule.CRISIS, Rule.DOSING, Rule.CREDENTIALS, Rule.LINKS, Rule.NO_ORIGIN]


def test_thousand_links_are_told_by_the_first_twenty():
    matches = verdict("https://example.com/ " * 1000).matches
    assert len(matches) == MOST_MATCHES
    assert matches[0] == Match(Rule.LINKS, "text", 0, 20)


# Cases of prior art, by what they show.


def test_zero_width_characters_do_not_hide_a_blocked_word_and_essex_is_not_blocked():
    """jo3-l/obscenity#100, TwiN/go-away#13: case 48."""
    lists = EN.widened(blocklist=["sex", "cunt"])
    hidden = "Free s\u200be\u200dx\u00ad here"
    state, (match,) = verdict(hidden, lists=lists)
    assert (state, hidden[match.start : match.end]) == ("spam", "s\u200be\u200dx")
    for text in ("The Essex clinic was kind", "I was born in Scunthorpe", "Middlesex, Sussex"):
        assert verdict(text, lists=lists) == Verdict("held", ())


@pytest.mark.parametrize(
    "address",
    [
        "https://abcd.com/",
        "http://www.abcd.com/path?x=1",
        "//abcd.com",
        "abcd.com",
        "ABCD.COM",
        "a\u200bbcd．com",
        "abcd [.] com",
        "shop.abcd.com:8080/x",
    ],
)
def test_blocked_domain_is_found_in_every_form_of_address(address):
    """twikoojs/twikoo#970: case 49."""
    lists = EN.widened(blocklist=["abcd.com"])
    assert verdict(f"See {address} now", lists=lists).state == "spam"
    assert verdict("See notabcd.com and abcd.community", lists=lists).state == "held"


def test_rules_look_at_the_name_by_itself():
    """twikoojs/twikoo#970, spam in the name only: case 49."""
    lists = EN.widened(blocklist=["abcd.com"])
    assert verdict(name="abcd.com", lists=lists) == Verdict(
        "spam", (Match(Rule.LINKS, "name", 0, 8), Match(Rule.BLOCKLIST, "name", 0, 8))
    )
    assert verdict("Nice. Nurse or doctor, who knows?", name="Sam").matches == ()
    assert verdict(name="Nurse Sam").matches == (Match(Rule.CREDENTIALS, "name", 0, 5),)


@pytest.mark.parametrize("text", ["👩‍👩‍👧 e\u0301 {}", "{} 👍🏽", "ﬁ ß İ {}"])
def test_every_hold_shows_its_rule_and_the_words_as_typed(text):
    """coralproject/talk#4280, held without a visible reason: case 50."""
    found = {
        "I WANT\u200b TO DIE": Rule.CRISIS,
        "Where can I buy ｋｅｔａｍｉｎｅ": Rule.SOURCING,
        "You should take 20 mg": Rule.DOSING,
        "as a Doctor I": Rule.CREDENTIALS,
        "sam@example.org": Rule.PERSONAL_DATA,
        "https://example.com/x": Rule.LINKS,
        "online casino": Rule.BLOCKLIST,
    }
    for words_of_reader, rule in found.items():
        (shown,) = marked(text.format(words_of_reader), rule)
        assert shown in words_of_reader
        assert len(shown) >= 0.6 * len(words_of_reader)


# Each rule that marks words.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Write to Sam.Jones+x@example.co.uk.", "Sam.Jones+x@example.co.uk"),
        ("sam (at) example (dot) com", "sam (at) example (dot) com"),
        ("sam at gmail dot com", "sam at gmail dot com"),
        ("ring 07700 900123 now", "07700 900123"),
        ("ring 07700900123", "07700900123"),
        ("ring (020) 7946 0958", "(020) 7946 0958"),
        ("ring +44 (0)7700 900-123", "+44 (0)7700 900-123"),
        ("ring 0044 7700 900123", "0044 7700 900123"),
        ("ring +1 555 010 9999", "+1 555 010 9999"),
        ("ring +49 30 901820", "+49 30 901820"),
        ("ring 555-010-9999", "555-010-9999"),
        ("ring ０７７００ ９００１２３", "０７７００ ９００１２３"),
        ("I live at SW1A 1AA.", "SW1A 1AA"),
        ("I live at m11ae", "m11ae"),
        ("in EC1A 1BB, near", "EC1A 1BB"),
        ("born 03/05/2011 in", "born 03/05/2011"),
        ("DOB: 3.5.11", "DOB: 3.5.11"),
        ("d.o.b. 2011-05-03", "d.o.b. 2011-05-03"),
        ("My date of birth is 3rd May 2011", "date of birth is 3rd May 2011"),
        ("she was born on May 3, 2011", "born on May 3, 2011"),
        ("his birthday is 3 May", "birthday is 3 May"),
        ("my daughter Emma is six", "Emma"),
        ("My son, Jack, is six", "Jack"),
        ("My husband’s name is Tom Jones", "Tom Jones"),
        ("my six year old son called Jack", "Jack"),
        ("my GP Dr Patel said", "Patel"),
        ("her sister Zoë", "Zoë"),
        ("My sister-in-law Karen has it", "Karen"),
        ("my kid Emma", "Emma"),
        ("my fiancé Paul", "Paul"),
        ("ring 0 7 7 0 0 9 0 0 1 2 3", "0 7 7 0 0 9 0 0 1 2 3"),
        ("in EC1A-1BB", "EC1A-1BB"),
        ("my NHS number is 9434765919", "9434765919"),
        ("NHS no: 943 476 5919", "943 476 5919"),
        ("NI number QQ 12 34 56 C", "QQ 12 34 56 C"),
    ],
)
def test_personal_detail_is_marked(text, shown):
    assert marked(text, Rule.PERSONAL_DATA) == [shown]


def test_each_of_two_names_is_marked():
    assert marked("my daughters Emma and Lucy Ann", Rule.PERSONAL_DATA) == ["Emma", "Lucy Ann"]


@pytest.mark.parametrize(
    "text",
    [
        "My daughter is six and my son has asthma.",
        "my son and I think so",
        "from 0 1 2 3 4 5 6 7 8 9 to 10",
        "I asked my daughter. She said no.",
        "MY DAUGHTER FEELS ILL",
        "my son I think",
        "I saw my nurse Monday",
        "Call 0800 1111 or 116 123 or 111 or 999",
        "20 mg at 10:30 on 12/03/2024",
        "0.5 to 10 of 100, room 101, 1,000,000 people",
        "between 2019 and 2024",
        "vitamin B12 2mg or B6 5mg",
        "I was born in a hospital",
        "meet me @ home. So nice",
        "from 0 10 20 30 40 50 60 70 80 to 90",
    ],
)
def test_ordinary_words_and_numbers_are_no_personal_detail(text):
    assert marked(text, Rule.PERSONAL_DATA) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("You should take 20 mg at night", "You should take 20 mg"),
        ("Try 0.5 ml. It works", "Try 0.5 ml"),
        ("take two tablets", "take two tablets"),
        ("start with 5mg and go up to 10mg", "start with 5mg and go up to 10mg"),
        ("Give him 10 ml of it", "Give him 10 ml"),
        ("You need 100µg", "You need 100µg"),
        ("Just stop taking your antidepressants", "stop taking your antidepressants"),
        ("you can double your dose", "you can double your dose"),
        ("Don't listen to your doctor", "Don't listen to your doctor"),
        ("dont listen to ur docter", "dont listen to ur docter"),
        ("stop taking your lithium", "stop taking your lithium"),
        ("Don't take your insulin", "Don't take your insulin"),
        ("just double the dose", "double the dose"),
        ("ignore the leaflet", "ignore the leaflet"),
        ("throw your pills in the bin", "throw your pills in the bin"),
        ("you can take 4 at once", "you can take 4 at once"),
        ("take two of them", "take two of them"),
        ("take 10 paracetamols", "take 10 paracetamols"),
        ("50-100mg is plenty", "50-100mg is plenty"),
    ],
)
def test_dosing_advice_is_marked(text, shown):
    text_marked = marked(text, Rule.DOSING)
    assert text_marked
    assert shown.startswith(text_marked[0])
    assert shown.endswith(text_marked[-1])


@pytest.mark.parametrize(
    "text",
    [
        "I take 20 mg at night",
        "My doctor told me to take 20 mg",
        "Should I take 20 mg or 40 mg?",
        "He was on 20 mg",
        "Can my son have 5 ml?",
        "You should take care.",
        "Try this. I had 20 mg once",
        "do not stop taking your tablets suddenly",
        "I have been taking 20 mg for years",
        "What is the recommended dose for a child?",
        "I never take double",
        "I doubled the dose by mistake",
        "do not ignore the leaflet",
        "20 mg is enough for me",
        "The page says to take 20 mg",
        "I take 2 a day",
    ],
)
def test_own_experience_and_questions_are_no_dosing_advice(text):
    assert marked(text, Rule.DOSING) == []


@pytest.mark.parametrize(
    "text",
    [
        "Where can I buy ketamine?",
        "anyone know where to get it",
        "you can get it without a prescription",
        "got mine off the dark web",
        "DM me for prices",
        "I know a reliable vendor",
        "my dealer said so",
        "Xanax for sale, worldwide shipping",
        "Wickr: pharma_joe",
        "telegram @pharma.joe",
        "message @pharmajoe",
        "Snapchat is: joe-pills",
        "I have spare tablets, I can sell you my leftover pills",
        "got any ket?",
        "dm for menu",
        "order from here, no rx",
        "plug needed in Leeds",
        "where 2 buy ket",
        "were can i buy ket",
        "I can post you some",
        "can someone send me their leftover tablets",
        "I'll sell you mine",
        "k\u0435tamine for sale",
        "ket 4 sale",
        "cheap ket uk",
        "which websites sell it",
        "my snap is joe99",
    ],
)
def test_sourcing_is_marked(text):
    assert marked(text, Rule.SOURCING)


@pytest.mark.parametrize(
    "text",
    [
        "Where can I get help?",
        "Where can I find more information?",
        "How do I get over this?",
        "I bought it at the pharmacy with my prescription",
        "The signal was weak - so I left",
        "I feel better @ home",
        "It is dark in the room",
        "Write to sam@example.org",
        "I need a good source of iron",
        "I have leftover tablets, where do I take them?",
        "Could you send me the leaflet?",
        "I can post you some links",
        "I need a source for this claim",
        "I got some weed killer on it",
    ],
)
def test_ordinary_questions_are_no_sourcing(text):
    assert marked(text, Rule.SOURCING) == []


@pytest.mark.parametrize(
    "text",
    [
        "As a doctor I would wait",
        "as a retired nurse, I know",
        "Speaking as a pharmacist: no",
        "I'm a GP",
        "I am an experienced hospital pharmacist",
        "I work as a paramedic",
        "my patients do well on it",
        "In my clinical opinion",
        "in my clinical experience",
        "I'm a dr",
        "I am an A&E nurse",
        "I am a board certified physician",
        "I'm a clinical psychologist",
        "As a doctor, this is wrong",
        "Pharmacist here, you can",
        "I trained as a nurse",
        "Been a nurse for 20 years",
        "20 years as a nurse",
        "I have a PhD in pharmacology",
        "I prescribe this daily",
        "As someone who works in healthcare",
    ],
)
def test_claimed_credentials_are_marked(text):
    assert marked(text, Rule.CREDENTIALS)


@pytest.mark.parametrize(
    "text",
    [
        "I'm not a doctor",
        "My doctor said so",
        "I saw a nurse",
        "as a patient I",
        "Ask a pharmacist",
        "Is there a nurse here?",
        "the doctor here was kind",
        "I'm a Dr Who fan",
        "I was treated as a patient by a doctor",
    ],
)
def test_talk_about_professionals_claims_nothing(text):
    assert marked(text, Rule.CREDENTIALS) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See https://example.com/a?b=c#d.", "https://example.com/a?b=c#d"),
        ("See HTTP://EXAMPLE.COM", "HTTP://EXAMPLE.COM"),
        ("hxxps://example.com", "hxxps://example.com"),
        ("ftp://example.com/x", "ftp://example.com/x"),
        ("https : // example.com", "https : // example.com"),
        ("http:\\\\example.com", "http:\\\\example.com"),
        ("javascript:alert(1)", "javascript:alert(1"),
        ("www.example.anything here", "www.example.anything"),
        ("go to example.com, then", "example.com"),
        ("go to shop.example.co.uk/x", "shop.example.co.uk/x"),
        ("(example.org)", "example.org"),
        ("t.me/pharma", "t.me/pharma"),
        ("//example.com/x", "example.com/x"),
        ("example[.]com", "example[.]com"),
        ("example (dot) com", "example (dot) com"),
        ("example dot com", "example dot com"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "ｅｘａｍｐｌｅ．ｃｏｍ"),
        ("exam\u200bple.c\u200bom", "exam\u200bple.c\u200bom"),
        ("例え。com", "例え。com"),
        ("пример.рф", "пример.рф"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("http://192.0.2.1/x", "http://192.0.2.1/x"),
        ("192.0.2.1/x", "192.0.2.1/x"),
        ("[url=x]", "[url="),
        ('<a href="x">', "href="),
        ("a.b.c.d.e.f.g.h.i.j.k.l.m.example.com", "a.b.c.d.e.f.g.h.i.j.k.l.m.example.com"),
    ],
)
def test_link_is_marked_in_every_form(text, shown):
    assert has_link(text)
    assert marked(text, Rule.LINKS) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "It helped.So I went on",
        "It helped.In fact, e.g. this, i.e. that",
        "Write to sam.jones@example.com",
        "20.5 mg, v1.2.3.4, 1.5 to 2.in",
        "and/or, 10/12, A&E",
        "Note: this is fine",
        "the dot com years",
        "...",
    ],
)
def test_ordinary_text_is_no_link(text):
    assert not has_link(text)


# Word lists.


def test_other_locale_has_the_english_list_and_says_so():
    assert word_lists("cy-GB") is EN
    assert verdict("I want to die", locale="cy-GB") == Verdict(
        "urgent", (Match(Rule.CRISIS, "text", 0, 13), Match(Rule.NO_WORD_LIST, "", 0, 0, "cy-GB"))
    )


@pytest.mark.parametrize("locale", ["en", "en-GB", "EN_us"])
def test_every_english_is_english(locale):
    assert word_lists(locale) is EN
    assert verdict(locale=locale).matches == ()


def test_locale_names_no_other_file():
    assert word_lists("../rules") is EN


@pytest.mark.parametrize("path", sorted(WORDS.glob("*.toml")), ids=lambda path: path.stem)
def test_word_list_says_that_no_clinician_checked_it(path):
    head = path.read_text("utf-8").partition("\n[")[0]
    assert "NOT CHECKED BY A CLINICIAN" in head
    assert re.search(r"Written on \d{4}-\d\d-\d\d\. Reviewed by: nobody yet\.", head)
    assert {"crisis", "dosing", "sourcing", "credentials", "blocklist"} <= {
        *tomllib.loads(path.read_text("utf-8"))
    }


def test_words_of_a_site_are_taken_literally():
    lists = EN.widened(blocklist=["free money?", "a|b", "★", ""])
    assert verdict("FREE, money", lists=lists).state == "spam"
    for text in ("It is free", "a", "b", "★", ""):
        assert verdict(text, lists=lists).state == "held"


@pytest.mark.parametrize("section", ["crisis", "dosing", "sourcing", "credentials", "blocklist"])
def test_site_widens_every_section(section):
    lists = EN.widened(**{section: ["purple elephant"]})
    assert verdict("A Purple-Elephant.", lists=lists).matches == (
        Match(Rule(section), "text", 2, 17),
    )
    assert verdict("A Purple-Elephant.").matches == ()


@pytest.mark.parametrize(
    ("phrase", "finds", "misses"),
    [
        ("kill me", ["kill me", "KILL... me", "kill\nme"], ["skill me", "kill men", "me kill"]),
        ("a|b c", ["a c", "b c"], ["a b", "c"]),
        ("a b? c", ["a c", "a b c"], ["b c", "a b"]),
        ("a b? c?", ["a", "a b", "a c"], ["b", "c"]),
        ("x|go_on y", ["go on y", "x y"], ["go y", "on y"]),
        ("don't go", ["don\u2019t go", "dont go"], ["don go", "do not go"]),
    ],
)
def test_phrase_finds_what_it_stands_for(phrase, finds, misses):
    phrases = Phrases([("it", phrase)])
    for text in finds:
        assert [*phrases.find(words(normalise(text).text))], text
    for text in misses:
        assert not [*phrases.find(words(normalise(text).text))], text


def test_word_is_found_however_it_is_spelled():
    phrases = Phrases([("it", "i don't|cant go")], spellings=[("dnt", "dont"), ("carnt", "cant")])
    for text in ("i dnt go", "i don't go", "I CARN'T go"):
        assert [*phrases.find(words(normalise(text).text))], text
    assert not [*phrases.find(words("i dn go"))]


def test_up_to_three_words_may_stand_between_two_of_a_phrase():
    phrases = Phrases([("it", "i want")], between={"so", "really"})
    assert [*phrases.find(words("i so really so want"))]
    assert not [*phrases.find(words("i so really so really want"))]
    assert not [*phrases.find(words("i never want"))]


def test_phrases_are_found_with_little_memory_too(monkeypatch):
    monkeypatch.setattr("cms.core.phrases.MOST_STATES", 2)
    phrases = Phrases([("it", "a b c"), ("it", "a c"), ("it", "d e f")])
    for _ in range(3):
        assert [*phrases.find(words("a b c x a c x d e f"))] == [
            ("it", 0, 5),
            ("it", 8, 11),
            ("it", 14, 19),
        ]


def test_words_of_no_phrase_leave_nothing_behind():
    phrases = Phrases([("it", "a b")])
    assert not [*phrases.find(words("x y z a x"))]
    assert [*phrases._start.next] == ["a"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_time_grows_with_the_length_and_no_faster(text):
    assert_linear(verdict, text[:3_000], (text * 3)[:24_000])


# The seam for outside checkers.


class Says:
    def __init__(self, *answers, name="outside"):
        self.answers = answers
        self.name = name

    def check(self, submission):
        for answer in self.answers:
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, threading.Event):
                answer.wait(10)
        return self.answers[-1]


HELD = Verdict("held", ())
THANKS = Judged("Sam", "Thank you.", "en")
UNAVAILABLE = Match(Rule.CHECK_UNAVAILABLE, "", 0, 0, "outside")


def test_without_checkers_nothing_changes():
    assert checked((), THANKS, HELD) == HELD


def test_checker_can_make_it_graver_and_never_lighter():
    spam = Verdict("spam", (Match(Rule.LINKS, "text", 0, 5, "known spam"),))
    urgent = Verdict("urgent", (Match(Rule.CRISIS, "text", 0, 5),))
    assert checked([Says(spam)], THANKS, HELD) == spam
    assert checked([Says(HELD)], THANKS, spam) == spam
    assert checked([Says(spam), Says(HELD)], THANKS, urgent) == Verdict(
        "urgent", (*urgent.matches, *spam.matches)
    )


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError("I want to die"),
        TimeoutError(),
        None,
        ("held", ()),
        Verdict("approved", ()),
        Verdict("held", (Match("made_up", "text", 0, 1),)),
        Verdict("held", (Match(Rule.LINKS, "text", 0, 99),)),
        Verdict("held", (Match(Rule.LINKS, "email", 0, 0),)),
        Verdict("held", None),
    ],
)
def test_checker_that_fails_or_talks_nonsense_holds_the_comment(answer, caplog):
    assert checked([Says(answer)], THANKS, HELD) == Verdict("held", (UNAVAILABLE,))
    assert "outside" in caplog.text
    assert "die" not in caplog.text  # no words of a reader in a log


def test_checker_that_does_not_answer_holds_the_comment():
    """Case 18: the outside service hangs."""
    released = threading.Event()
    start = time.monotonic()
    slow, quick = Says(released, HELD), Says(Verdict("spam", ()), name="quick")
    result = checked([slow, quick], THANKS, HELD, timeout_seconds=0.05)
    released.set()
    assert result == Verdict("spam", (UNAVAILABLE,))
    assert time.monotonic() - start < 5


def test_crisis_stays_urgent_when_a_check_could_not_be_made():
    urgent = verdict("I want to die")
    result = checked([Says(OSError())], THANKS, urgent)
    assert result == Verdict("urgent", (*urgent.matches, UNAVAILABLE))


def test_every_rule_has_words_for_a_moderator():
    assert all(rule.label for rule in Rule)


def test_lists_hold_no_phrase_that_finds_nothing():
    for name in ("crisis", "dosing", "instructions", "sourcing", "credentials", "blocklist"):
        section = getattr(EN, name)
        assert isinstance(section, Section)
        for phrase in (*section.phrases, *section.in_name, *section.unless):
            shortest = " ".join(
                choice.split("|")[0] for choice in phrase.split() if choice[-1] != "?"
            )
            assert [*Phrases([("it", phrase)]).find(words(normalise(shortest).text))], phrase


def test_empty_lists_find_nothing():
    assert verdict("I want to die", lists=WordLists("en")).state == "held"
