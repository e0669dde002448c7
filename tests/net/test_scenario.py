"""Scenario files: what they mean, what is wrong with them, and `xok net`."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from dpfc.capture.reader import read_packets
from runtime.diagnostic import Refused
from runtime.source import Source
from vm.cli import main
from vm.scenario.build import run_scenario
from vm.scenario.read import read_scenario
from vm.scenario.report import describe

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVICES = str(EXAMPLES / "services.net")

BASE = """\
dpf = "web.dpf"

[card]
loss = 0

[[environment]]
name = "web"
filters = ["web", "tls"]

[[environment]]
name = "rest"
capability = "c0ff"
filters = ["tcp_other"]
ring = { pages = 1, slot = 1024 }

[[replay]]
file = "captures/services.pcap"
"""

WRONG = {
    'dpf = "web.dpf': ("NET101", 1, "this is no TOML"),
    "speed = 3\n" + BASE: ("NET102", 1, "no key `speed`"),
    BASE.replace("loss = 0", "loss = 2"): ("NET103", 4, "`loss` is a number from 0 to 1"),
    BASE.replace("loss = 0", 'rate = "fast"'): ("NET103", 4, "`rate` is a whole number"),
    BASE.replace('name = "web"\n', ""): ("NET104", 6, "`name` is missing"),
    BASE.replace('"rest"', '"web"'): ("NET103", 11, "there are two environments `web`"),
    BASE.replace('"c0ff"', '"zz"'): ("NET103", 12, "hexadecimal"),
    BASE.replace('"tcp_other"', "3"): ("NET103", 13, "a list of different strings"),
    BASE.replace("pages = 1", "pages = 0"): ("NET103", 14, "`pages` is 0"),
    BASE.replace("pages = 1", "page = 1"): ("NET102", 14, "no key `page`"),
    BASE + 'timing = "soon"\n': ("NET103", 18, "`timing` is one of recorded, back to back"),
    BASE.replace("[[replay]]", "[replay]"): ("NET103", 16, "a list of tables"),
    BASE.replace('"tcp_other"', '"nobody"'): ("NET105", 13, "there is no filter `nobody`"),
    BASE + '[[environment]]\nname = "x"\nfilters = ["dns"]\nhandlers = { dns = "h" }\n': (
        "NET106",
        20,
        "there is no handler `h`",
    ),
    BASE + '[[environment]]\nname = "x"\nhandlers = { dns = "h" }\n': (
        "NET103",
        20,
        "none of the",
    ),
    BASE.replace("slot = 1024", "slot = 1000"): (
        "NET110",
        10,
        "environment `rest`: OUT_OF_RANGE",
    ),
    BASE + '[[environment]]\nname = "x"\ncapability = "c0"\nfilters = ["web"]\n': (
        "NET110",
        18,
        "FILTER_CONFLICT",
    ),
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: f"{WRONG[text][0]}-{WRONG[text][1]}")
def test_what_is_wrong_with_a_file_is_said_with_its_line(text: str) -> None:
    code, line, message = WRONG[text]
    with pytest.raises(Refused) as caught:
        run_scenario(read_scenario(Source("x.net", text), EXAMPLES), engine="interpreter")
    first = caught.value.diagnostics[0]
    assert (first.code, first.span.source.position(first.span.start)[0]) == (code, line)
    assert message in first.message


def _run(text: str) -> dict[str, object]:
    finished = run_scenario(read_scenario(Source("x.net", text), EXAMPLES), engine="interpreter")
    return describe(finished)


def test_every_message_is_in_one_sum_and_the_same_run_is_the_same() -> None:
    text = BASE.replace("loss = 0", "loss = 0.1\nduplication = 0.1\nreordering = 0.2\nseed = 4")
    found = _run(text)
    assert _run(text) == found
    assert _run(text.replace("seed = 4", "seed = 5")) != found
    card, incoming = found["card"], found["incoming"]
    assert isinstance(card, dict)
    assert isinstance(incoming, dict)
    filters = found["filters"]
    assert isinstance(filters, list)
    assert incoming["lost"] > 0 < incoming["duplicated"]
    assert card["received"] == incoming["sent"] - incoming["lost"] + incoming["duplicated"]
    assert card["received"] == card["unclaimed"] + sum(each["messages"] for each in filters)


def test_programs_do_what_they_say() -> None:
    for program, least in (("drain", 140), ("idle", 4), ("spin", 4)):
        found = _run(BASE.replace('capability = "c0ff"', f'program = "{program}"'))
        environments, filters = found["environments"], found["filters"]
        assert isinstance(environments, list)
        assert isinstance(filters, list)
        delivered, dropped = filters[2]["delivered"], filters[2]["dropped"]
        assert delivered + dropped == 155
        assert environments[1]["taken"] == (delivered if program == "drain" else 0)
        assert delivered >= least


def test_the_command_prints_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["net", SERVICES, "--engine", "interpreter", "--no-cache"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[1].split()[:4] == ["web", "web", "29", "4,042"]
    assert "card: 263 received" in text


def test_handlers_of_a_file_run_in_the_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["net", str(EXAMPLES / "counted.net"), "--no-cache", "--format", "json"]
    found = []
    for engine in ("interpreter", "native"):
        assert main([*command, "--engine", engine]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]
    dns, web, other = found[0]["filters"]
    assert dns["consumed"] == dns["messages"] > 20
    assert sum(web["aborted"].values()) + sum(other["aborted"].values()) == 92
    assert web["delivered"] == web["messages"]
    assert [each["handler"] for each in found[0]["handlers"]] == ["count", "payload"]


def test_the_command_replays_and_dumps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = tmp_path / "seen.pcap"
    capture = str(EXAMPLES / "captures" / "multicast.pcap")
    arguments = ["net", SERVICES, "--replay", capture, "--dump", str(seen), "--format", "json", "--no-cache"]
    assert main([*arguments, "--engine", "interpreter"]) == 0
    found = json.loads(capsys.readouterr().out)
    sent, got = list(read_packets(capture)), list(read_packets(str(seen)))
    assert found["dumped"] == len(got) == len(sent) == found["card"]["received"]
    assert [bytes(packet.data) for packet in got] == [bytes(packet.data) for packet in sent]
    gaps = [(b.timestamp_ns - a.timestamp_ns) for a, b in pairwise(sent)]
    seen_gaps = [(b.timestamp_ns - a.timestamp_ns) for a, b in pairwise(got)]
    assert all(abs(one - other) < 2_000_000 for one, other in zip(gaps, seen_gaps))
    if shutil.which("tcpdump"):
        out = subprocess.run(["tcpdump", "-n", "-r", str(seen)], capture_output=True, text=True, check=True)
        assert len(out.stdout.splitlines()) >= len(got)


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["net", str(tmp_path / "no.net")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["net", SERVICES, "--replay", str(tmp_path / "no.pcap"), "--no-cache"]) == 2
    assert "no.pcap" in capsys.readouterr().err
    broken = tmp_path / "broken.net"
    broken.write_text("[[environment]]\nnam = 1\n")
    assert main(["net", str(broken)]) == 2
    assert f"{broken}:2:1: error[NET102]" in capsys.readouterr().err
    broken.write_bytes(b"\xff")
    assert main(["net", str(broken)]) == 2
