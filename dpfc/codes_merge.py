"""What `dpfc explain` prints about filters side by side: which one wins, which never matches."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry

_CIRCLE = """\
filter inner priority 1 {{ tcp.dport == 80; ipv4.src == 10.0.0.1 }}
filter outer priority 9 {{ tcp.dport == 80 }}
filter other priority {} {{ ipv4.dst == 10.0.0.2 }}
"""

MERGE_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "DPF070",
        "a filter that can never match",
        "A warning: no message satisfies all conditions of the filter. Two conditions that contradict "
        "each other are named. A field has one value: alternatives are a set, `in {...}`, or an `or`.",
        "filter never { tcp.dport == 80; tcp.dport == 443 }",
        "filter web { tcp.dport in {80, 443} }",
        "dpf",
    ),
    CodeEntry(
        "DPF071",
        "two filters that accept the same messages",
        "A message has one owner, and nothing says which of the two filters it belongs to. Remove one, or "
        "narrow it. With --first the earlier one wins, with --all both are reported.",
        "filter a { udp.dport == 53 }\nfilter b { udp.dport in {53} }",
        "filter a { udp.dport == 53 }\nfilter b { udp.sport == 53; udp.dport != 53 }",
        "dpf",
    ),
    CodeEntry(
        "DPF072",
        "two filters that overlap with nothing to decide",
        "Some message is accepted by both filters, and neither accepts a subset of what the other "
        "accepts. The message is shown. Give one filter a `priority` (0 where none is given; the larger "
        "wins), or narrow one of them. With --first the earlier one wins, with --all both are reported.",
        "filter web { tcp.dport == 80 }\nfilter host { ipv4.dst == 10.0.0.1 }",
        "filter web { tcp.dport == 80 }\nfilter host priority 1 { ipv4.dst == 10.0.0.1 }",
        "dpf",
    ),
    CodeEntry(
        "DPF073",
        "containment and priorities in a circle",
        "A filter that accepts a subset wins, whatever the priorities; between filters that merely "
        "overlap the larger priority wins. Here that leads around in a circle, so that some message has "
        "no owner. Change a priority.",
        _CIRCLE.format(5),
        _CIRCLE.format(0),
        "dpf",
    ),
    CodeEntry(
        "DPF074",
        "the prover cannot say how two filters relate",
        "Whether two filters have a message in common took more of the prover's resources than it may "
        "use; the count is the same on every machine. Give one filter a `priority`, make the arithmetic "
        "in its conditions simpler, or use --first or --all, which need no answer.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "DPF075",
        "a filter that never wins, because an earlier one contains it",
        "A warning, where the first filter that accepts a message wins it: an earlier filter accepts all "
        "that this one accepts. A message is shown, and which filter takes it. Remove the filter, or move "
        "it up. A filter contained in one of several rows of an earlier one is reported too.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "DPF076",
        "a filter that never wins, because several earlier ones cover it",
        "A warning, where the first filter that accepts a message wins it: each message that this filter "
        "accepts is accepted by one of the earlier filters that are named. Remove the filter, or move it up.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "DPF077",
        "filters of which it is not known whether they ever win",
        "A warning: so many earlier filters overlap with these filters, in so many ways, that it was not "
        "worked out whether they leave them anything. The answers of the classifier do not depend on it.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "DPF079",
        "too many decisions inside each other",
        "The classifier's decisions would nest deeper than the IR allows, which bounds how deep anybody's "
        "program may nest. Write alternatives as a set, or split the filter in several.",
        "",
        "",
        "none",
    ),
    CodeEntry(
        "DPF080",
        "no such filter to delete",
        "A filter is deleted by its number, once. No filter has the number, or it has been deleted before, "
        "or the number is given twice; a number is never used again. Nothing has been deleted.",
        "",
        "",
        "none",
    ),
)
