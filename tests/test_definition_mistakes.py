"""Mistakes in a survey's file: each is made in a small good one, and answered with one sentence that names place and mend."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.partnership.toml_records import Wrong, record
from portal.surveys.bank import read_bank
from portal.surveys.definition import Questionnaire
from portal.surveys.reading import DefinitionError, check, read_definition
from tests.support.surveying import QUESTIONNAIRES

WAYS = QUESTIONNAIRES / "ways.toml"
TEXT = WAYS.read_text(encoding="utf-8")

# What is wrong, what stands in the good file, what stands in its place, and all that is said of it behind the file's name.
MISTAKES = [
    ("a line without a value", "minutes = 3", "minutes =",
     "is not a TOML file; mend this: Invalid value (at line 6, column 10)."),
    ("another code than the file's", 'code = "ways"', 'code = "way"',
     "code must be ways, as the file is called."),
    ("a code with capital letters", 'code = "ways"', 'code = "Ways"',
     "code must be a short code of small letters, digits and hyphens."),
    ("no title", 'title = "Ways"\n', "",
     "title is missing; add it as in the example that comes with the portal."),
    ("a key with a slip", 'about = "A', 'abuot = "A',
     "abuot is not a key of this file; take it out or write about."),
    ("minutes in quotation marks", "minutes = 3", 'minutes = "3"',
     "minutes must be a whole number."),
    ("a survey of an hour and a half", "minutes = 3", "minutes = 90",
     "minutes must be a whole number of minutes from 1 to 60."),
    ("an age of nobody", "minutes = 3", "minutes = 3\nleast_age = 100",
     "least_age must be a whole number of years from 0 to 99."),
    ("pages that are a text", "minutes = 3\n", 'minutes = 3\npages = "all"\n',
     "is not a TOML file; mend this: Cannot overwrite a value (at line 18, column 8)."),
    ("a language nobody speaks here", 'title = "Your home"', 'title = {en = "Your home", de = "Zuhause"}',
     "pages.home.title.de is not a language of the portal; use en, pl, ro, ur."),
    ("a text without English", 'title = "Your home"', 'title = {pl = "Dom"}',
     "pages.home.title.en is missing; the English text stands in for every other language."),
    ("an empty text", 'text = "Why not?"', 'text = ""',
     "pages.last.questions.why.text.en is missing; the English text stands in for every other language."),
    ("a text that is a number", 'text = "Why not?"', "text = 1",
     'pages.last.questions.why.text must be text, or a text for each language like {en = "...", pl = "..."}.'),
    ("a title that nobody sees", 'title = "Your home"', 'title = "\\u200b\\u2060"',
     "pages.home.title.en shows nothing; write the text."),
    ("a translation that nobody sees", 'title = "Your home"', 'title = {en = "Your home", ur = " \\u200c "}',
     "pages.home.title.ur shows nothing; write the text, or take the language out."),
    ("an answer that reads backwards", 'text = "Rent"', 'text = "Rent \\u202etner"',
     "pages.home.questions.tenure.options.rent.text.en holds the character U+202E, which nobody sees and which can change what is read; take it out."),
    ("two pages of one code", 'code = "last"', 'code = "area"',
     "pages has the code area twice; give one of them another code."),
    ("two questions of one code on two pages", 'code = "again"', 'code = "tenure"',
     "questions has the code tenure twice; give one of them another code."),
    ("a question with the code of one from the bank", 'code = "again"', 'code = "belong"',
     "questions has the code belong twice; give one of them another code."),
    ("two options of one code", '{code = "rent"', '{code = "own"',
     "pages.home.questions.tenure.options has the code own twice; give one of them another code."),
    ("two options of one code on a scale", '{code = "never"', '{code = "daily"',
     "scales.often.options has the code daily twice; give one of them another code."),
    ("two scales of one code", "[[pages]]", '[[scales]]\ncode = "often"\noptions = [{code = "a", text = "A"}, {code = "b", text = "B"}]\n\n[[pages]]',
     "scales has the code often twice; give one of them another code."),
    ("a code that is a list", 'code = "often"', "code = []",
     "scales number 1.code must be text in quotation marks."),
    ("two indicators of one code", "[[indicators]]", '[[indicators]]\ncode = "telling"\ntitle = "T"\nsentence = "of"\nquestions = ["again"]\npositive = ["yes"]\n\n[[indicators]]',
     "indicators has the code telling twice; give one of them another code."),
    ("an option's code with a hyphen", '{code = "other"', '{code = "some-thing"',
     "pages.home.questions.tenure.options.some-thing.code must be a short code of small letters, digits and underlines."),
    ("a question's code that begins with a digit", 'code = "again"', 'code = "2nd"',
     "pages.last.questions.2nd.code must be a short code of small letters, digits and underlines."),
    ("an unknown type", 'type = "short_text"', 'type = "text"',
     "pages.home.questions.words.type must be one of age_band, date, grid, list, long_text, number, place, points, ranking, scale, several, short_text, single."),
    ("no type", 'type = "short_text"\n', "",
     "pages.home.questions.words.type is missing; add it as in the example that comes with the portal."),
    ("an unknown scale", 'scale = "often"', 'scale = "seldom"',
     "pages.home.questions.walks.scale names seldom, which scales does not have; add it there or mend the code."),
    ("a scale on another type", 'type = "short_text"', 'type = "short_text"\nscale = "often"',
     "pages.home.questions.words.scale does not go with the type short_text; take it out or write scale."),
    ("options on a text", 'type = "short_text"', 'type = "short_text"\noptions = [{code = "a", text = "A"}]',
     "pages.home.questions.words.options does not go with the type short_text; take it out or write single or several."),
    ("one option only", '  {code = "rent", text = "Rent"},\n  {code = "other", text = "Something else"},\n', "",
     "pages.home.questions.tenure.options must hold 2 to 60 options."),
    ("an option alone where one is chosen", 'text = "Rent"}', 'text = "Rent", alone = true}',
     "pages.home.questions.tenure.options has alone, which goes with the type several only; take it out."),
    ("a number without bounds", "least = 1\nmost = 20\n", "",
     "pages.home.questions.people needs least and most, from 0 to 1000000, and least must be smaller."),
    ("bounds the wrong way round", "least = 1", "least = 30",
     "pages.home.questions.people needs least and most, from 0 to 1000000, and least must be smaller."),
    ("bounds on a text", 'type = "short_text"', 'type = "short_text"\nmost = 20',
     "pages.home.questions.words.most does not go with the type short_text; take it out or write number, points, several or ranking."),
    ("a page without questions", '[[pages]]\ncode = "area"\ntitle = "Your area"\n\n[[pages.questions]]\nfrom = "belong"\n\n[[pages.questions]]\nfrom = "age"\n', '[[pages]]\ncode = "area"\ntitle = "Your area"\nquestions = []\n',
     "pages.area.questions must hold at least one question."),
    ("a wording verified nowhere", 'code = "again"', 'code = "again"\nwording = "verified"',
     "pages.last.questions.again.source must say what the wording was held against."),
    ("a wording of another kind", 'code = "again"', 'code = "again"\nwording = "checked"',
     "pages.last.questions.again.wording must be verified, to_check or own."),
    ("a demographic of a text", 'type = "short_text"', 'type = "short_text"\ndemographic = "sex"',
     "questions.words.demographic needs the type single or age_band."),
    ("one demographic twice", 'code = "again"', 'code = "again"\ndemographic = "age_band"',
     "questions.again.demographic is age_band, as age is already; take one out."),
    ("a question that the bank does not have", 'from = "belong"', 'from = "belonging"',
     "pages.area.questions names belonging from the question bank, which does not have it; mend the code, perhaps to belong."),
    ("a wording of the bank changed", 'from = "belong"', 'from = "belong"\ntext = "Do you belong here?"',
     "pages.area.questions.belong.text does not go with from, which keeps the words and answers of the question bank; take it out, or write a question of your own with another code, which begins a new series."),
    ("a code beside one of the bank", 'from = "belong"', 'from = "belong"\ncode = "belonging"',
     "pages.area.questions.belong.code does not go with from, which keeps the words and answers of the question bank; take it out, or write a question of your own with another code, which begins a new series."),
    ("a scale that the bank has", 'from = "belong"', 'from = "respect"\n\n[[pages.questions]]\ncode = "x"\ntype = "scale"\nscale = "often"\ntext = "X"\n\n[[scales]]\ncode = "problem"\noptions = [{code = "a", text = "A"}, {code = "b", text = "B"}]\n\n[[pages]]\ncode = "more"\ntitle = "More"\n\n[[pages.questions]]\nfrom = "belong"',
     "scales.problem comes from the question bank; take it out, or give yours another code."),
    ("another beginning than the bank's", 'title = "Your area"', 'title = "Your area"\nintro = "How much?"\n\n[[pages.questions]]\nfrom = "asb_cars"',
     "pages.area.intro is not how asb_cars begins; take it out, the question bank has it, or ask that question on another page."),
    ("a condition on nothing that is asked", '"tenure is rent', '"tenur is rent',
     "pages.landlord.only_if names tenur (letter 1), which no earlier page asks; move it there or mend the code, perhaps to tenure."),
    ("a condition on the same page", 'only_if = "told is no', 'only_if = "again is no',
     "pages.last.questions.why.only_if names again (letter 1), which no earlier page asks; move it there or mend the code."),
    ("a condition on a later page", '"tenure is rent', '"again is yes',
     "pages.landlord.only_if names again (letter 1), which no earlier page asks; move it there or mend the code."),
    ("a condition on an unknown option", '"tenure is rent', '"tenure is rents',
     "pages.landlord.only_if names rents (letter 11), which tenure does not have; add it there or mend the code, perhaps to rent."),
    ("a condition in a list on an unknown option", 'only_if = "tenure is rent and people is at least 2"', 'only_if = [{question = "tenure", any_of = ["rented"]}]',
     "pages.landlord.only_if.any_of names rented, which tenure does not have; add it there or mend the code, perhaps to rent."),
    ("a condition in a list on no option", 'only_if = "tenure is rent and people is at least 2"', 'only_if = [{question = "tenure", any_of = []}]',
     "pages.landlord.only_if.any_of must hold at least one option of tenure."),
    ("a condition that is no text", 'only_if = "tenure is rent and people is at least 2"', "only_if = true",
     'pages.landlord.only_if must be a condition in quotation marks, like "tenure is rent".'),
    ("an empty condition", 'only_if = "tenure is rent and people is at least 2"', 'only_if = ""',
     "pages.landlord.only_if ends too early: nothing is asked; write a condition like tenure is rent, or take the key out."),
    ("a word that is misspelt", "tenure is rent", "tenure ist rent",
     'pages.landlord.only_if goes wrong at "ist" (letter 8): after tenure write is, is not, in, not in, includes, is at least, is at most, is more than or is less than.'),
    ("codes in quotation marks", "tenure is rent", "tenure is 'rent'",
     "pages.landlord.only_if goes wrong at \"'\" (letter 11): only codes, numbers and the words of conditions stand here; write codes without quotation marks."),
    ("several answers behind is", "tenure is rent", "tenure is rent, own",
     'pages.landlord.only_if goes wrong at "," (letter 15): is takes one answer; for one of several write in, like tenure in rent, own.'),
    ("an answer without its question", "tenure is rent and", "(tenure is rent or own) and",
     'pages.landlord.only_if goes wrong at ")" (letter 23): after own write is, is not, in, not in, includes, is at least, is at most, is more than or is less than; for one of several answers write tenure in rent, own.'),
    ("and and or side by side", "tenure is rent and people", "tenure is rent or tenure is own and people",
     'pages.landlord.only_if goes wrong at "and" (letter 33): and and or stand side by side; put ( and ) around what belongs together.'),
    ("not before a condition", "tenure is rent", "not tenure is own",
     'pages.landlord.only_if goes wrong at "tenure" (letter 5): after not comes a parenthesis or answered; write not (...), or is not and not in behind the code.'),
    ("a parenthesis that stays open", "and (walks", "and ((walks",
     "pages.last.questions.why.only_if ends too early: a ) is missing at the end."),
    ("a parenthesis that was never opened", "(parish)", "(parish))",
     'pages.last.questions.why.only_if goes wrong at ")" (letter 90): this parenthesis was never opened; take it out or put ( before it.'),
    ("a condition that stops", "is at least 2", "is at least",
     "pages.landlord.only_if ends too early: a number is missing."),
    ("a number in words", "is at least 2", "is at least two",
     'pages.landlord.only_if goes wrong at "two" (letter 39): this is no number; write digits, at most 7, like 18, or for options a range like in 16_24 to 35_49.'),
    ("a number that nobody can answer", "is at least 2", "is at least 21",
     "pages.landlord.only_if holds people against 21 (letter 39), which nobody can answer; write a number from 1 to 20."),
    ("a comparison of options", "people is at least 2", "tenure is at least 2",
     "pages.landlord.only_if looks at tenure (letter 20), which is no number; name its options with in, or the first and the last of them with to."),
    ("is of a question with several answers", "seen includes noise", "seen is noise",
     "pages.landlord.questions.told.variants number 2.when looks at seen (letter 1), which can have several answers; write includes in place of is or in."),
    ("includes of a question with one answer", "tenure is rent", "tenure includes rent",
     "pages.landlord.only_if looks at tenure (letter 1), which has one answer; write is or in, in place of includes."),
    ("several ticks without any or all", "includes all of litter, noise", "includes litter, noise",
     'pages.landlord.questions.told.variants number 1.when goes wrong at "litter" (letter 15): before several options write any of or all of, like includes any of litter, noise.'),
    ("an option of a place", "tenure is rent", "parish is rent",
     "pages.landlord.only_if looks at parish (letter 1), which has no options to compare; name another question, or write answered(parish)."),
    ("a condition on what was written", "answered(parish)", "answered(words)",
     "pages.last.questions.why.only_if looks at words (letter 83), where people write; what is written is kept apart, so name a question with options."),
    ("a range that is turned round", "walks in daily to weekly", "walks in weekly to daily",
     "pages.last.questions.why.only_if has a range that ends with daily (letter 36), which comes before weekly; turn it round."),
    ("a range up to an option apart", "walks in daily to weekly", "walks in daily to dont_know",
     "pages.last.questions.why.only_if has dont_know (letter 35) in a range, but it stands apart from the others; name it by itself."),
    ("a range of numbers turned round", "people is at least 2", "people in 9 to 3",
     "pages.landlord.only_if has a range that ends with 3 (letter 35), which is not above 9; turn it round."),
    ("a page that nobody is asked", "people is at least 2", "tenure is own",
     "pages.landlord.only_if can never hold, whatever was answered before; mend it or take out what hangs on it."),
    ("a question that nobody is asked", "told is no and", "told is no and tenure is own and",
     "pages.last.questions.why.only_if can never hold, whatever was answered before; mend it or take out what hangs on it."),
    ("a page of numbers that nobody gives", "people is at least 2", "people is more than 4 and people is less than 5",
     "pages.landlord.only_if can never hold, whatever was answered before; mend it or take out what hangs on it."),
    ("a variant behind one that takes all", '{when = "seen includes all of litter, noise"', '{when = "seen includes any of litter, noise"',
     "pages.landlord.questions.told.variants number 2.when can never hold, whatever was answered before; mend it or take out what hangs on it."),
    ("a variant for everyone", 'when = "seen includes noise"', "when = []",
     "pages.landlord.questions.told.variants number 2.when must hold a condition; for everyone, write these words as the question's text."),
    ("a variant without words", ', text = "Did you tell your landlord of the noise?"', "",
     "pages.landlord.questions.told.variants number 2.text is missing; add it as in the example that comes with the portal."),
    ("a variant with a slip", 'hint = "By', 'hnit = "By',
     "pages.landlord.questions.told.variants number 2.hnit is not a key of this file; take it out or write hint."),
    ("a figure of nothing", 'questions = ["told"]', 'questions = ["tell"]',
     "indicators.telling.questions names tell, which the questionnaire does not have; add it there or mend the code."),
    ("a figure of what is written", 'questions = ["told"]', 'questions = ["why"]',
     "indicators.telling.questions names why, of which one option is not chosen; use single or scale."),
    ("a figure of two questions", 'questions = ["told"]', 'questions = ["told", "again"]',
     "indicators.telling.questions must name one question; only a score adds up several."),
    ("a figure of nobody", 'positive = ["yes"]\n', "",
     "indicators.telling.positive must hold at least one option."),
    ("a figure of an unknown option", 'positive = ["yes"]', 'positive = ["yess"]',
     "indicators.telling.positive names yess, which told does not have; add it there or mend the code."),
    ("an answer that counts and is left out", 'positive = ["yes"]', 'positive = ["yes"]\nleft_out = ["yes"]',
     "indicators.telling.left_out holds an option that counts as well; take it out of one of them."),
    ("a score without points", 'positive = ["yes"]', 'kind = "score"',
     "indicators.telling.points must give points to each option of told that is not in left_out."),
    ("a score that everyone reaches", 'positive = ["yes"]', 'kind = "score"\npoints = {yes = 1, no = 0}',
     "indicators.telling.at_least must be the points from which someone counts."),
    ("a kind of figure that is not", 'positive = ["yes"]', 'positive = ["yes"]\nkind = "median"',
     "indicators.telling.kind must be share, score, mean or any_of."),
    ("a mean without points", 'positive = ["yes"]', 'kind = "mean"',
     "indicators.telling.points must give points to each option of told that is not in left_out."),
    ("a mean of positive answers", 'positive = ["yes"]', 'positive = ["yes"]\nkind = "mean"\npoints = {yes = 1, no = 0}',
     "indicators.telling.positive goes with the kind share only; take it out."),
    ("a mean of two questions", 'questions = ["told"]\npositive = ["yes"]', 'questions = ["told", "again"]\nkind = "mean"\npoints = {yes = 1, no = 0}',
     "indicators.telling.questions must name one question; a mean of several would hide who is behind it."),
    ("a mean of equal points", 'positive = ["yes"]', 'kind = "mean"\npoints = {yes = 1, no = 1}',
     "indicators.telling.points must differ; an average of equal points says nothing."),
    ("a mean with a limit", 'positive = ["yes"]', 'kind = "mean"\npoints = {yes = 1, no = 0}\nat_least = 1',
     "indicators.telling.at_least goes with the kind score only; take it out."),
    ("a mean by which the survey is judged", 'positive = ["yes"]', 'kind = "mean"\npoints = {yes = 1, no = 0}\nprimary = true',
     "indicators.telling.primary does not go with a mean; judge a survey by shares of people."),
    ("any of what is written", 'questions = ["told"]', 'questions = ["told", "why"]\nkind = "any_of"',
     "indicators.telling.questions names why, of which one option is not chosen; use single, scale or several."),
    ("any of nothing", 'positive = ["yes"]', 'kind = "any_of"',
     "indicators.telling.positive must hold at least one option."),
    ("a base of a question that is not asked", 'positive = ["yes"]', 'positive = ["yes"]\nbase = {question = "tenur", any_of = ["rent"]}',
     "indicators.telling.base.question names tenur, which the questionnaire does not have; add it there or mend the code."),
    ("a base of an unknown answer", 'positive = ["yes"]', 'positive = ["yes"]\nbase = {question = "tenure", any_of = ["rented"]}',
     "indicators.telling.base.any_of names rented, which tenure does not have; add it there or mend the code."),
    ("a base of nobody", 'positive = ["yes"]', 'positive = ["yes"]\nbase = {question = "tenure", any_of = []}',
     "indicators.telling.base.any_of must hold at least one option of tenure."),
    ("a base by a number", 'positive = ["yes"]', 'positive = ["yes"]\nbase = {question = "people", any_of = ["2"]}',
     "indicators.telling.base.question names people, of which one option is not chosen; use single or scale."),
    ("a base of the figure itself", 'positive = ["yes"]', 'positive = ["yes"]\nbase = {question = "told", any_of = ["yes"]}',
     "indicators.telling.base.question is asked by the figure itself; name what does not count in left_out."),
    ("a base that is a text", 'positive = ["yes"]', 'positive = ["yes"]\nbase = "tenure is rent"',
     "indicators.telling.base must be a table of keys and values."),
    ("a target without its year", 'positive = ["yes"]', 'positive = ["yes"]\ntarget = {value = 70}',
     "indicators.telling.target.year is missing; add it as in the example that comes with the portal."),
    ("a target in words", 'positive = ["yes"]', 'positive = ["yes"]\ntarget = {value = "most", year = 2028}',
     "indicators.telling.target.value must be a number."),
    ("a target that is no number", 'positive = ["yes"]', 'positive = ["yes"]\ntarget = {value = nan, year = 2028}',
     "indicators.telling.target.value must be a number from -1000 to 1000."),
    ("a target of more than everyone", 'positive = ["yes"]', 'positive = ["yes"]\ntarget = {value = 110, year = 2028}',
     "indicators.telling.target.value must be in the unit of the figure: percent, from 0 to 100."),
    ("a target beyond the points of a mean", 'positive = ["yes"]', 'kind = "mean"\npoints = {yes = 1, no = 5}\ntarget = {value = 70, year = 2028}',
     "indicators.telling.target.value must be in the unit of the figure: points from 1 to 5."),
    ("a target of long ago", 'positive = ["yes"]', 'positive = ["yes"]\ntarget = {value = 70, year = 28}',
     "indicators.telling.target.year must be a year from 2000 to 2100, like 2028."),
    ("a baseline of no day", 'positive = ["yes"]', 'positive = ["yes"]\nbaseline = {value = 70, when = "last year", source = "Ours"}',
     'indicators.telling.baseline.when must be a year, a month or a day like "2024/25", "2026-05" or "2026-05-21".'),
    ("a baseline from nowhere", 'positive = ["yes"]', 'positive = ["yes"]\nbaseline = {value = 70, when = "2024", source = " "}',
     "indicators.telling.baseline.source must not be empty."),
    ("a comparator of no area", 'positive = ["yes"]', 'positive = ["yes"]\ncomparator = {value = 70, when = "2024", source = "S", mode = "post"}',
     "indicators.telling.comparator.area is missing; add it as in the example that comes with the portal."),
    ("a comparator asked in an unknown way", 'positive = ["yes"]', 'positive = ["yes"]\ncomparator = {value = 70, when = "2024", source = "S", area = "England", mode = "letter"}',
     "indicators.telling.comparator.mode must be web_or_paper, post, home or phone, or left out where nobody knows."),
    ("a comparator of our own words", 'positive = ["yes"]', 'positive = ["yes"]\ncomparator = {value = 70, when = "2024", source = "S", area = "England", mode = "post", wording = "own"}',
     "indicators.telling.comparator.wording must be verified or to_check."),
    ("fewer answers than may be shown", 'positive = ["yes"]', 'positive = ["yes"]\nleast_base = 10',
     "indicators.telling.least_base must be a whole number of answers from 30 to 10000."),
    ("valid since some time", 'positive = ["yes"]', 'positive = ["yes"]\nvalid_from = "May"',
     'indicators.telling.valid_from must be a year, a month or a day like "2024/25", "2026-05" or "2026-05-21".'),
    ("a figure that the bank does not have", 'code = "telling"', 'from = "chating"',
     "indicators names chating from the question bank, which does not have it; mend the code, perhaps to chatting."),
    ("a figure of the bank counted otherwise", 'code = "telling"\ntitle = "Telling"\nsentence = "of people told their landlord"\nquestions = ["told"]\npositive = ["yes"]', 'from = "chatting"\npositive = ["weekly"]',
     "indicators.chatting.positive does not go with from, which keeps how the question bank counts; take it out, or write a figure of your own with another code, which begins a new series."),
    ("a figure of the bank without its question", 'code = "telling"\ntitle = "Telling"\nsentence = "of people told their landlord"\nquestions = ["told"]\npositive = ["yes"]', 'from = "chatting"\nowner = "Us"',
     "indicators.chatting.questions names chat, which the questionnaire does not have; add it there or mend the code."),
    ("a reporting gap of one answer only", 'positive = ["yes"]', 'positive = ["yes"]\n[reporting_gap]\nfaced = {question = "again", any_of = ["yes"]}\ntold = "told"\npolice = ["yes"]\norganisations = ["no"]\nnobody = ["no"]',
     "reporting_gap.told names told, of which several options cannot be ticked; use several."),
    ("a reporting gap in which an answer stands twice", 'positive = ["yes"]', 'positive = ["yes"]\n[reporting_gap]\nfaced = {question = "again", any_of = ["yes"]}\ntold = "seen"\npolice = ["litter"]\norganisations = ["noise"]\nnobody = ["noise"]',
     "reporting_gap.nobody holds noise, which another list holds too; take it out of one of them."),
    ("a reporting gap without the police", 'positive = ["yes"]', 'positive = ["yes"]\n[reporting_gap]\nfaced = {question = "again", any_of = ["yes"]}\ntold = "seen"\npolice = []\norganisations = ["noise"]\nnobody = ["litter"]',
     "reporting_gap.police must hold at least one option of seen."),
    ("a reporting gap of nobody", 'positive = ["yes"]', 'positive = ["yes"]\n[reporting_gap]\nfaced = {question = "agains", any_of = ["yes"]}\ntold = "seen"\npolice = ["litter"]\norganisations = ["noise"]\nnobody = ["noise"]',
     "reporting_gap.faced.question names agains, which the questionnaire does not have; add it there or mend the code."),
    ("parentheses too deep", "tenure is rent", "(((((((((((tenure is rent)))))))))))",
     'pages.landlord.only_if goes wrong at "(" (letter 11): more than 10 parentheses stand inside each other; ask for less at once.'),
    ("a list and a range in one", "walks in daily to weekly", "walks in daily, weekly to never",
     'pages.last.questions.why.only_if goes wrong at "to" (letter 40): a list and a range do not mix; write them apart, with or between them.'),
    ("a list of conditions that are texts", 'only_if = "tenure is rent and people is at least 2"', 'only_if = ["tenure is rent"]',
     "pages.landlord.only_if number 1 must be a table of keys and values."),
    ("a key beside a condition in a list", 'only_if = "tenure is rent and people is at least 2"', 'only_if = [{question = "tenure", is = "rent"}]',
     "pages.landlord.only_if number 1.is is not a key of this file; take it out."),
    ("a condition beside one of the bank that is not there", 'from = "age"', 'from = "age"\nonly_if = "tenant is rent"',
     "pages.area.questions.age.only_if names tenant (letter 1), which no earlier page asks; move it there or mend the code."),
    ("questions that are no list", 'only_if = "tenure is rent and people is at least 2"\n\n[[pages.questions]]', "[pages.questions]",
     "pages.landlord.questions must be a list in square brackets."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_a_mistake_is_answered_with_its_place_and_its_mend(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    path = tmp_path / WAYS.name
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_definition(path)
    # A file that is not TOML is no place in itself, so that no colon stands behind its name.
    assert str(refused.value).removeprefix(str(path)).lstrip(": ") == says


def test_no_two_mistakes_are_one() -> None:
    assert len({(old, new) for _name, old, new, _says in MISTAKES}) == len(MISTAKES) >= 60


def test_without_a_mistake_the_file_is_fine() -> None:
    assert read_definition(WAYS).code == "ways"


CONTENT = tomllib.loads(TEXT)
# What TOML can hold, at any place; and what already stands somewhere in the file, at another.
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates(),
        st.text(max_size=12),
        st.sampled_from(
            ["tenure", "belong", "often", "problem", "several", "scale", "age_band", "number", "place", "rent"]
        ),
        st.sampled_from(
            ["seen includes noise", "people is 3", "answered(why)", "age is at least 3", "walks in never to daily"]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "text", "from", "en", "question", "any_of", "when", "options"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


def places_in(content: Any) -> Iterator[tuple[Any, Any]]:
    """Each table or list with each key or position in it."""
    keys = list(content) if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield content, key
        yield from places_in(content[key])


@given(st.data())
def test_whatever_stands_in_a_file_it_is_fine_or_refused_with_a_sentence(data: st.DataObject) -> None:
    content = copy.deepcopy(CONTENT)
    for _number in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places_in(content))))
        change = data.draw(st.sampled_from(["put", "put", "take out", "twice", "add"]))
        if change == "put":
            holder[key] = data.draw(VALUES)
        elif change == "take out":
            del holder[key]
        elif change == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif isinstance(holder, dict):
            holder[
                data.draw(
                    st.sampled_from(
                        [
                            "from",
                            "only_if",
                            "variants",
                            "options",
                            "scale",
                            "intro",
                            "least",
                            "base",
                            "target",
                            "baseline",
                            "comparator",
                            "least_base",
                            "reporting_gap",
                        ]
                    )
                )
            ] = data.draw(VALUES)
    try:
        check(record(Questionnaire, read_bank().expand(content), ""))
    except Wrong as wrong:
        says = str(wrong)
    else:
        return
    assert says
    assert "Traceback" not in says
