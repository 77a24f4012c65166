"""Words that tell nothing about whether two texts are about one thing: any sentence has them, or any report of its kind."""

from __future__ import annotations

ANY_SENTENCE = """
a about after again all also always am an and another any are around as at away back be because been before being but by came
can could day days did do does doing done down each even ever every few first for from get gets getting go goes going got had
has have he her here him his how i if in into is it its just keep keeps know last like little long made make many me more most
much my never next no not nothing now of off on once one only onto or other our out outside over own people person really right
said same saw say says see seen she should since so some somebody someone something sometimes still such than that the their
them then there these they thing things this those thought three through time times to told too took two under until up us
very want was way we week weeks well went were what when where which while who why will with would year years yet you your

a aby ale ani az bardzo bez bo by byl byla bylo byly byc chce co cos czy do dla dnia dni dzis gdy gdzie go i ich ide im inne ja
jak jakis jako je jego jej jest jestem jeszcze juz kiedy kilka ktos ktora ktore ktory ludzie ma maja mam mi mial miala mnie
moge moj moja mojej moze my na nad nam nami nas nasz nasza nasze naszego naszej nasi nic nie nim niz o od on ona one oni ono
oraz pan pani pod po potem prosze przed przez przy raz razy sa sie skad swoj ta tak tam te tego tej ten teraz to tu tylko tym
tych u w wczoraj we wiele wiec wszyscy wszystko z za zawsze ze znowu znow zostal zostala

a ai al ale am ar are as asta au avea avem aceasta acest acolo acum acest acolo apoi astazi atunci ca cand care ce cea cei cel
cele chiar cine cu cum da daca dar de decat despre din doar dupa e ea ei el ele era erau este eu fara face fi fie fiecare fost
iar ieri in inca inainte intr intre isi la le li lor lui mai mea mei mele meu mi mine multe multi ne nici nimic niste noastra
nostru noi nu o oameni ori pana pe pentru peste prea prin s sa sai sale sau se si spus sub sunt ta te toata toate tot toti tu
un una unde unei unor unu unui va vor voi zi zile ziua

آپ آئی آیا آئے ابھی اب اس اسے اسی اگر ان انہوں انہیں اور ایک اپنا اپنی اپنے بار بات بعد بہت بھی بس پاس پر پہلے پھر تھا تھی تھے تک تو
تین جا جاتا جاتی جاتے جب جس جو جی چاہتا چاہتی چار خود دن دو دیا دی دیتے ذرا رات رہا رہتا رہتے رہی رہے روز سب سکتا سکتی سکتے سے شام صبح
صرف طرح طرف فی کا کب کبھی کر کرتا کرتی کرتے کرنا کرنے کسی کہ کہا کہیں کوئی کون کو کی کیا کیوں کے گا گی گئی گئے گیا لگا لگے لوگ لوگوں
لیکن لیے مجھ مجھے میں میرا میری میرے نہ نہیں نے وقت والا والی والے وہ وہاں وہی ہر ہم ہمارا ہماری ہمارے ہمیں ہو ہوئی ہوئے ہوا ہوتا ہوتی ہوتے ہوں ہے ہیں یا
یہ یہاں یہی
"""
ANY_REPORT = """
abuse abused afraid angry area around bad bins boys call called car cars child children council door doors drive driving
drugs drunk evening family fight fighting friend front garden gate girl girls group hate hear heard help home house houses hurt
kid kids late leave litter live lives living loud man men message messages minutes month months morning mother mum music name
names near neighbour neighbours neighbor night nights noise noisy officer old online outside park party parties path phone
place play playing police racist report road room rubbish running safe sample scared school scream screaming shop shout
shouted shouting shouts side sleep smell smoking son speed stand standing stop street swear swearing talk threat threaten
threatened threats throw thrown throwing wall walk walking walked wife window windows woman women word words young

auto brud cicho dom domu droga drzwi dzieci dziecko glosna glosno halas impreza krzycza krzyczal krzyczeli krzyk ktorzy
mezczyzna mieszka mieszkam mieszkania mieszkanie mlodzi muzyka noc nocy noca okna okno park policja przyklad rodzina sasiad
sasiadow sasiada sasiedzi sklep smieci spac strach szkola ulica ulicy ulice wieczor wieczorem wyzywal wyzywali zona

acasa baieti barbat bloc casa copii copiii femeie galagie geam gunoi masina masini muzica noapte noaptea oras parc politia
politie scara scoala seara strada strigat tare teama tineri usa vecin vecina vecini vecinii zgomot

آواز آوازیں بچوں بچے پارک پڑوسی پڑوسیوں پولیس خوف دروازہ دروازے ڈر سڑک شور عورت کار گاڑی گلی گھر لڑکا لڑکے لڑکوں محلے مدد مرد موسیقی نوجوان نیند چیخنا
"""
# What may stand beside a number in a sentence and looks like a part of a number plate.
_SHORT = """
all and any are bad big boy bus but can car cat day did dog eat end far few for from get gone got had has her him his hit hot
how its kid law let lot low man may men met mid min mum new nor not now off old one our out own park per pub put ran red run
sat saw say see set she sit six son ten the too top two use van was way who why win yet you am an as at be by do go he if in
is it me my no of on or so to up us we
"""
SHORT_WORDS = frozenset(_SHORT.split())
# Words of streets that many streets have.
_STREETS = """
avenue close court crescent drive estate gardens green grove hill lane park place road row square street terrace view walk way
strada ulica ul سڑک گلی
"""
OF_STREETS = frozenset(_STREETS.split())
# What stands around a street's name.
_AROUND = """
a at behind between block bloc blok by car corner flat floor from front home house in klatka kolo landing my near next no number obok of
on opposite our outside przy scara side stairs stairwell the to top
"""
AROUND_STREETS = frozenset(_AROUND.split())
STREET_FORMS = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "ct": "court",
    "cres": "crescent", "dr": "drive", "gdns": "gardens", "pl": "place", "sq": "square", "ter": "terrace",
}  # fmt: skip
