"""The geometry in a `.model` file: DiskSim's `dm_layout_g1`, checked so that a layout can be made of it.

In: the fields of a `dm_disk`. Out: `Geometry`. What contradicts itself is refused here, so that
`vm.machine.layout` need not doubt it.
"""

from __future__ import annotations

from runtime.source import Span
from vm.machine.limits import (
    MAX_BLOCKS,
    MAX_CYLINDERS,
    MAX_SECTORS_PER_TRACK,
    MAX_SLIPS,
    MAX_SURFACES,
    MAX_ZONES,
)
from vm.machine.parameter_fields import Fields, take_block
from vm.machine.parameter_text import refuse
from vm.machine.parameters import Geometry, Sparing, Zone


def read_geometry(model: Fields) -> Geometry:
    """Return where the drive's blocks are.

    Raises:
        Refused: DSK004, DSK005; DSK006 a mapping or sparing that is not modelled; DSK007 zones that
            contradict themselves or each other.
    """
    surfaces = model.integer("Number of data surfaces", 1, MAX_SURFACES)
    cylinders = model.integer("Number of cylinders", 1, MAX_CYLINDERS)
    layout = model.fields("Layout Model")
    if layout.block.head != "dm_layout_g1":
        refuse("DSK006", f"a layout of the type `{layout.block.head}` is not modelled", layout.block.span)
    if layout.integer("LBN-to-PBN mapping scheme", 0, 2) != 0:
        span = layout.value("LBN-to-PBN mapping scheme").span
        refuse("DSK006", "only mapping scheme 0 is modelled: each cylinder from its first surface on", span)
    zones = _read_zones(layout, surfaces, cylinders)
    return Geometry(
        surfaces,
        cylinders,
        model.integer("Block count", 1, MAX_BLOCKS),
        _read_sparing(layout),
        layout.integer("Rangesize for sparing", 1, MAX_CYLINDERS),
        zones,
    )


def _read_sparing(layout: Fields) -> Sparing:
    number = layout.integer("Sparing scheme used", 0, 10)
    if number not in {scheme.value for scheme in Sparing}:
        span = layout.value("Sparing scheme used").span
        refuse("DSK006", f"sparing scheme {number} is not modelled", span)
    return Sparing(number)


def _read_zones(layout: Fields, surfaces: int, cylinders: int) -> tuple[Zone, ...]:
    zones: list[Zone] = []
    for value in layout.items("Zones", MAX_ZONES):
        fields = take_block(value, "a value of `Zones`")
        zone = _read_zone(fields, surfaces)
        before = zones[-1].last if zones else -1
        _check_zone(zone, before, cylinders, fields.block.span)
        zones.append(zone)
    if not zones:
        refuse("DSK007", "the drive has no zones", layout.value("Zones").span)
    return tuple(zones)


def _read_zone(fields: Fields, surfaces: int) -> Zone:
    sectors = fields.integer("Blocks per track", 1, MAX_SECTORS_PER_TRACK)
    first = fields.integer("First cylinder number", 0, MAX_CYLINDERS)
    last = fields.integer("Last cylinder number", 0, MAX_CYLINDERS)
    if first > last:
        span = fields.block.span
        refuse("DSK007", f"the zone ends at cylinder {last} before it begins at {first}", span)
    whole = (last - first + 1) * surfaces * sectors
    defects = fields.items("defects", MAX_SLIPS)
    if defects:
        refuse("DSK006", "blocks that were moved to spare sectors later are not modelled", defects[0].span)
    return Zone(
        first,
        last,
        sectors,
        fields.number("Offset of first block", 0, MAX_SECTORS_PER_TRACK),
        fields.integer("Empty space at zone front", 0, whole),
        fields.number("Skew for track switch", 0, MAX_SECTORS_PER_TRACK),
        fields.number("Skew for cylinder switch", 0, MAX_SECTORS_PER_TRACK),
        fields.integer("Number of spares", 0, whole),
        tuple(sorted(set(fields.integers("slips", MAX_SLIPS, 0, whole)))),
    )


def _check_zone(zone: Zone, before: int, cylinders: int, span: Span) -> None:
    if zone.first <= before:
        refuse("DSK007", f"the zone begins at cylinder {zone.first}, the one before ends at {before}", span)
    if zone.last >= cylinders:
        refuse("DSK007", f"the zone ends at cylinder {zone.last}, the drive has only {cylinders}", span)
