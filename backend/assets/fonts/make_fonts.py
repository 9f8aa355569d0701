"""Makes the fonts of the pictures from the page's: one weight each, digits of equal width, no hints, no layout tables.

pip install fonttools brotli && python make_fonts.py ../../../frontend/assets/fonts/inter-latin-variable.woff2
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHTS = {"inter-regular.ttf": 400, "inter-semibold.ttf": 600}


def tabular(font: TTFont) -> dict[str, str]:
    """Glyphs with the glyphs of equal width that the feature tnum puts in their place."""
    table = font["GSUB"].table
    records = [r for r in table.FeatureList.FeatureRecord if r.FeatureTag == "tnum"]
    found = {}
    for index in {i for r in records for i in r.Feature.LookupListIndex}:
        for part in table.LookupList.Lookup[index].SubTable:
            found.update(getattr(part, "ExtSubTable", part).mapping)
    return found


for name, weight in WEIGHTS.items():
    font = instancer.instantiateVariableFont(TTFont(sys.argv[1]), {"wght": weight})
    swaps = tabular(font)
    for table in font["cmap"].tables:
        table.cmap = {code: swaps.get(glyph, glyph) for code, glyph in table.cmap.items()}
    options = subset.Options(
        hinting=False, layout_features=[], drop_tables=["GSUB", "GPOS", "GDEF", "STAT", "MVAR", "HVAR", "gasp", "prep"],
        name_IDs=[0, 1, 2, 5, 13, 14], notdef_outline=True, recalc_timestamp=False,
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap())
    subsetter.subset(font)
    font.flavor = None
    font.save(name)
