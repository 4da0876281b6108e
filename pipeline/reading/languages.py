"""Language tags of many kinds to ISO 639-1.

Sources: ISO 639-2 code list of the Library of Congress (terminological and bibliographic codes);
individual languages of a macrolanguage as in ISO 639-3; withdrawn codes as in RFC 5646.
"""

from __future__ import annotations

import functools
import re

import pyarrow as pa

# ISO 639-1, its ISO 639-2/T code, then others that mean it: 639-2/B, 639-3 members, withdrawn.
_CODES = """
aa aar, ab abk, ae ave, af afr, ak aka fat, am amh, an arg, ar ara arb, as asm, av ava, ay
aym ayr, az aze azj, ba bak, be bel, bg bul, bh bih, bi bis, bm bam, bn ben, bo bod tib, br bre,
bs bos scc, ca cat, ce che, ch cha, co cos, cr cre, cs ces cze, cu chu, cv chv, cy cym wel, da
dan, de deu ger, dv div, dz dzo, ee ewe, el ell gre, en eng, eo epo, es spa, et est ekk, eu eus
baq, fa fas per pes prs, ff ful fuv, fi fin, fj fij, fo fao, fr fra fre, fy fry, ga gle, gd gla,
gl glg, gn grn gug, gu guj, gv glv, ha hau, he heb iw, hi hin, ho hmo, hr hrv scr, ht hat, hu
hun, hy hye arm, hz her, ia ina, id ind in, ie ile, ig ibo, ii iii, ik ipk, io ido, is isl ice,
it ita, iu iku, ja jpn, jv jav jw, ka kat geo, kg kon, ki kik, kj kua, kk kaz, kl kal, km khm,
kn kan, ko kor, kr kau knc, ks kas, ku kur kmr ckb, kv kom, kw cor, ky kir, la lat, lb ltz, lg
lug, li lim, ln lin, lo lao, lt lit, lu lub, lv lav lvs, mg mlg plt, mh mah, mi mri mao, mk mkd
mac, ml mal, mn mon khk, mr mar, ms msa may zsm, mt mlt, my mya bur, na nau, nb nob, nd nde, ne
nep npi, ng ndo, nl nld dut, nn nno, no nor, nr nbl, nv nav, ny nya, oc oci, oj oji, om orm gaz,
or ori ory, os oss, pa pan, pi pli, pl pol, ps pus pbt, pt por, qu que quy quz, rm roh, rn run,
ro ron rum mo mol, ru rus, rw kin, sa san, sc srd, sd snd, se sme, sg sag, sh hbs, si sin, sk
slk slo, sl slv, sm smo, sn sna, so som, sq sqi alb als, sr srp, ss ssw, st sot, su sun, sv swe,
sw swa swh, ta tam, te tel, tg tgk, th tha, ti tir, tk tuk, tl tgl, tn tsn, to ton, tr tur, ts
tso, tt tat, tw twi, ty tah, ug uig, uk ukr, ur urd, uz uzb uzn, ve ven, vi vie, vo vol,
wa wln, wo wol, xh xho, yi yid ydd ji, yo yor, za zha, zh zho chi cmn, zu zul
"""
_TO_ISO_639_1 = {
    code: entry.split()[0]
    for entry in _CODES.replace("\n", " ").split(",")
    for code in entry.split()
}
_UNKNOWN = frozenset(("und", "mul", "mis", "zxx", "unk", "xxx", "unknown", "none", "null"))
_PRIVATE_USE = re.compile(r"q[a-t][a-z]")
_THREE_LETTERS = re.compile(r"[a-z]{3}")


@functools.lru_cache(maxsize=1 << 14)
def language_code(tag: str | None) -> str | None:
    """ISO 639-1 code of a tag ("eng", "en-US", "zho,eng", "cmn_Hani"), lower case.

    Of a list the first counts. A language without a two-letter code keeps its three letters;
    undetermined, private and unknown tags give None.
    """
    if tag is None:
        return None
    first = re.split(r"[,;\s]", tag.strip().lower(), maxsplit=1)[0]
    language = re.split(r"[-_.]", first, maxsplit=1)[0]
    if language in _TO_ISO_639_1:
        return _TO_ISO_639_1[language]
    if language in _UNKNOWN or _PRIVATE_USE.fullmatch(language):
        return None
    return language if _THREE_LETTERS.fullmatch(language) else None


def iso_639_1(tags: pa.Array) -> pa.Array:
    """The same for a column of strings; each distinct tag is looked at once."""
    encoded = tags.dictionary_encode()
    codes = [language_code(tag) for tag in encoded.dictionary.to_pylist()]
    return pa.array(codes, pa.string()).take(encoded.indices)
