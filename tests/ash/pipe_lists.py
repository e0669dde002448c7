"""Random lists of pipes: a program that moves data through one, and what the plain meaning says of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ashc.naive.pipe import run_pipes
from ashc.names.scope import Scope
from ashc.pipes.pipe import Pipe, resolve_pipes
from ashc.program import compile_files
from runtime.handler.install import Installed, install_handler
from tests.ash.programs import parse_program

Move: TypeAlias = Literal["consume", "copy", "apply", "scan"]
MOVES: tuple[Move, ...] = ("consume", "copy", "apply", "scan")

PIPES = """
import pipes
pipe add : u8 commutative { input b; output (b + 3) & 0xff }
pipe chain : u8 { keep last: u8 = 1; input b; output b ^ last; last = b }
pipe pairs : u8 -> u16be { input a; input b; output b << 8 | a }
pipe halves : u32be -> u16le { input w; output w & 0xffff; output w >> 16 }
pipe join : u16le -> u32be { input a; input b; output a << 16 | b }
pipe total : u32le commutative no_mod { keep n: u64 = 0; input w; n = wrapping(n + w) }
pipe sum : u16le commutative no_mod { keep s: u16 = 0; input w; s = carry_add(s, w) }
pipe most : u16be { keep high: u16 = 0; input w; high = max(high, w); output w ^ select(w > 5, 3, 0) }
pipe spread : u32le {
    keep a: u8 = 7
    keep b: u32 = 0
    input w
    a = w & 0xff
    b = wrapping(b * 3 + a) & 0xffffffff
    output w ^ b
}
pipe bits : u32be commutative { input w; output (w << 4 | w >> 28) & 0xffffffff }
"""
NAMES = (
    *("checksum", "checksum32", "byteswap", "byteswap16", "copy", "parity", "xor"),
    *("add", "chain", "pairs", "halves", "join", "total", "sum", "most", "spread", "bits"),
)

DATA, OUT = 128, 0
"""Where the region keeps the data, and the registers."""

MESSAGE_BYTES, REGION_BYTES = 512, 512
HEADER = 12


@dataclass(frozen=True, slots=True)
class Case:
    """One list of pipes, compiled."""

    names: tuple[str, ...]
    move: Move
    scope: Scope
    pipes: tuple[Pipe, ...]
    installed: Installed


def make_case(names: Sequence[str], move: Move) -> Case:
    """Return the program that moves data through `names`."""
    files = parse_program(PIPES + _write_handler(names, move))
    compiled = compile_files(files)
    pipes = resolve_pipes(compiled.scope)
    installed = install_handler(compiled.handlers["h"], compiled.budgets["h"])
    return Case(tuple(names), move, compiled.scope, tuple(pipes[name] for name in names), installed)


def _write_handler(names: Sequence[str], move: Move) -> str:
    uses = "".join(f"        use p{place} = {name}\n" for place, name in enumerate(names))
    seeds, kept, listed = "", "", ""
    for place, name in enumerate(names):
        listed += f", p{place}"
        for register, bits in _list_registers(name):
            seeds += f"        p{place}.{register} = seed & {hex((1 << bits) - 1)}\n"
            kept += f"        region.out[{kept.count(chr(10))}] = p{place}.{register}\n"
    moves = {
        "consume": f"consume(skip)\n        consume(region.data[at], count{listed})",
        "copy": f"copy(region.data[at], message[offset(message.rest) + skip], count{listed})",
        "apply": f"apply(region.data[at], count{listed})",
        "scan": f"scan(region.data[at], count{listed})",
    }
    return f"""
region {REGION_BYTES} bytes {{ out: u64le[16] @{OUT}; data: u8[{REGION_BYTES - DATA}] @{DATA} }}
handler h : up to {MESSAGE_BYTES} bytes {{
    message {{ skip: u8; at: u8; count: u16be; seed: u64be; rest: u8[] }}
    data {{
        let skip = message.skip; let at = message.at; let count = message.count; let seed = message.seed
{uses}{seeds}        consume({HEADER})
        {moves[move]}
    }}
    commit {{
{kept}    }}
}}
"""


def _list_registers(name: str) -> list[tuple[str, int]]:
    files = parse_program(PIPES)
    return [(each.name, each.bits) for each in resolve_pipes(compile_files(files).scope)[name].registers]


@dataclass(frozen=True, slots=True)
class Run:
    """One message and region, and what the region is to be afterwards."""

    message: bytes
    region: bytes
    expected: bytes


def draw_run(case: Case, draw: random.Random, count: int) -> Run:
    """Return a run that moves `count` bytes, at any places."""
    skip, at, seed = draw.randrange(16), draw.randrange(16), draw.getrandbits(64)
    header = bytes([skip, at]) + count.to_bytes(2, "big") + seed.to_bytes(8, "big")
    message = header + draw.randbytes(skip + count + draw.randrange(5))
    region = bytearray(draw.randbytes(REGION_BYTES))
    before, start = bytes(region), DATA + at
    fed = message[HEADER + skip :] if case.move in {"consume", "copy"} else before[start:]
    registers = [_seed(pipe, seed) for pipe in case.pipes]
    made, after = run_pipes(case.scope, case.pipes, registers, fed[:count])
    if case.move != "scan":
        region[start : start + count] = made
    numbers = [after[n][each.name] for n, pipe in enumerate(case.pipes) for each in pipe.registers]
    for place, number in enumerate(numbers):
        region[OUT + 8 * place : OUT + 8 * place + 8] = number.to_bytes(8, "little")
    return Run(message, before, bytes(region))


def _seed(pipe: Pipe, seed: int) -> Mapping[str, int]:
    return {each.name: seed & ((1 << each.bits) - 1) for each in pipe.registers}
