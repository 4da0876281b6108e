"""Six kinds of web site, each with hosts, addresses and lines that are no prose."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from samples import english_words as listed
from samples.draws import Draws

_HOST_SEED = 20240520
_HOSTS_PER_DOMAIN = 12


@dataclass(frozen=True, slots=True)
class Domain:
    """A kind of site. ``notices`` are lines with slots {} for random nouns."""

    name: str
    sections: tuple[str, ...]
    menu: tuple[str, ...]
    notices: tuple[str, ...]


DOMAINS = (
    Domain(
        "blog",
        ("posts", "notes", "diary"),
        ("Home", "Archive", "About me", "Contact", "Tags", "Photos", "Links", "Newsletter"),
        (
            "This blog uses cookies to remember your {} and your {}.",
            "Please enable JavaScript to read the {} comments on this page.",
            "Posted in {} and {}",
            "Leave a reply about the {}",
            "Filed under {}",
        ),
    ),
    Domain(
        "news",
        ("world", "local", "science", "culture"),
        (
            "World",
            "Politics",
            "Business",
            "Science",
            "Sport",
            "Weather",
            "Opinion",
            "Culture",
            "Video",
        ),
        (
            "Our privacy policy tells how we keep the {} of our readers.",
            "By reading about this {} you accept our terms of use and our {}.",
            "Please turn on JavaScript to watch the {} video.",
            "More on the {} and the {}",
            "Share this {}",
        ),
    ),
    Domain(
        "forum",
        ("thread", "topic", "board"),
        ("Register", "Log in", "Search", "Members", "Rules", "Unread", "Help", "New topics"),
        (
            "The use of cookies helps this board to show the {} that you have not read.",
            "JavaScript is off, so the {} buttons do not work.",
            "Joined {} years ago",
            "Quote this {} post",
            "Last edited by {}",
        ),
    ),
    Domain(
        "shop",
        ("items", "catalogue", "care"),
        ("Sale", "Brands", "Basket", "Wish list", "Delivery", "Returns", "My account", "Gifts"),
        (
            "Our shop uses cookies to keep the {} in your basket.",
            "See our terms of use before you return a {} or a {}.",
            "You need JavaScript to choose the colour of the {}.",
            "Add the {} to basket",
            "In stock {}",
        ),
    ),
    Domain(
        "wiki",
        ("wiki", "articles"),
        (
            "Main page",
            "Contents",
            "Random article",
            "Talk",
            "History",
            "Edit",
            "Categories",
            "Tools",
        ),
        (
            "Text on {} is free to copy under the terms of use of this {}.",
            "See also {} and {}",
            "Categories {} and {}",
            "Edit section {}",
            "This page on the {} is a stub",
        ),
    ),
    Domain(
        "docs",
        ("guide", "manual", "reference"),
        ("Overview", "Install", "Tutorial", "Reference", "Changes", "Index", "Licence", "Support"),
        (
            "The search of this manual needs JavaScript and the {} file.",
            "Read the cookie policy of the {} project before the {}.",
            "Next chapter {}",
            "Was this {} page helpful",
            "Version of the {}",
        ),
    ),
)


@functools.cache
def hosts() -> tuple[tuple[str, ...], ...]:
    """Host names per domain, all under the reserved ``.example`` (RFC 2606)."""
    draws = Draws(_HOST_SEED, "hosts")
    nouns = listed.NOUNS[60:]
    return tuple(
        tuple(
            f"{draws.pick(nouns)}-{draws.pick(nouns)}-{domain.name}.example"
            for _ in range(_HOSTS_PER_DOMAIN)
        )
        for domain in DOMAINS
    )


def address(domain: int, serial: int, draws: Draws) -> str:
    """A URL on a host of the domain; the serial number makes it the only one."""
    host = draws.pick(hosts()[domain])
    section = draws.pick(DOMAINS[domain].sections)
    return f"https://{host}/{section}/{draws.pick(listed.NOUNS)}-{serial}"


def menu_line(domain: Domain, draws: Draws) -> str:
    """A line of links, as it is left when a page becomes text."""
    return " | ".join(dict.fromkeys(draws.picks(domain.menu, 5)))


def notice_line(domain: Domain, draws: Draws) -> str:
    """A notice with random nouns in its slots, so that two pages rarely share a whole one."""
    notice = draws.pick(domain.notices)
    return notice.format(*draws.picks(listed.NOUNS, notice.count("{}")))


def dress(body: str, domain: Domain, draws: Draws) -> str:
    """The body with lines of its site above and below: at most as many as the body has."""
    room = body.count("\n") + 1
    above = [menu_line(domain, draws)] if room >= 3 else []
    below = dict.fromkeys(notice_line(domain, draws) for _ in range(min(room, 3) - len(above)))
    return "\n".join([*above, body, *below])
