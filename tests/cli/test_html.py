"""The pages of `--html`, as a browser shows them: complete, readable without colour, and usable by keyboard."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.cli.html_frame import shade
from resolver.loader import shipped_policy

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

_PROBE = """
<script>
const cells = [...document.querySelectorAll("td")], result = {};
const press = (cell, key) => cell.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const luminance = colour => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const contrast = node => {
  const style = getComputedStyle(node), both = [luminance(style.color), luminance(style.backgroundColor)].sort();
  both.sort((a, b) => b - a);
  return (both[0] + 0.05) / (both[1] + 0.05);
};
const wide = document.querySelector("tbody tr").querySelectorAll("td").length;
result.focused = document.hasFocus();
result.cells = cells.length;
result.stops = cells.filter(cell => cell.tabIndex === 0).length;
result.labels = cells.map(cell => cell.getAttribute("aria-label"));
result.texts = cells.map(cell => cell.firstChild.textContent);
result.contrast = Math.min(...cells.map(contrast), ...cells.map(cell => contrast(cell.querySelector(".why"))));
result.hidden = cells.every(cell => getComputedStyle(cell.querySelector(".why")).visibility === "hidden");
cells[0].focus();
result.shown = getComputedStyle(cells[0].querySelector(".why")).visibility;
result.why = cells[0].querySelector(".why").textContent;
press(cells[0], "ArrowRight");
result.right = cells.indexOf(document.activeElement);
press(cells[1], "ArrowDown");
result.down = cells.indexOf(document.activeElement) - wide;
press(document.activeElement, "End");
result.end = cells.indexOf(document.activeElement) - 2 * wide + 1;
result.stops_after = cells.filter(cell => cell.tabIndex === 0).length;
press(document.activeElement, "Escape");
result.left = document.activeElement === document.body;
result.loaded = performance.getEntriesByType("resource").length;
result.headers = [...document.querySelectorAll("th")].every(header => header.scope);
const scroll = document.querySelector(".scroll");
scroll.scrollLeft = 300;
result.heading = [...document.querySelectorAll("thead tr:first-child th:first-child, tbody tr:first-child th")]
  .map(header => scroll.scrollLeft > 200 && header.getBoundingClientRect().left >= scroll.getBoundingClientRect().left);
const probe = document.createElement("pre");
probe.id = "probe";
probe.textContent = JSON.stringify(result);
document.body.append(probe);
</script>
"""

_TIPS = """
<script>
const outside = [], all = [...document.querySelectorAll("td")];
for (const cell of all) {
  cell.focus();
  const box = cell.querySelector(".why").getBoundingClientRect();
  if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight) outside.push(cell.textContent);
}
parent.postMessage({outside, tips: all.length, hint: !document.querySelector(".hint").hidden,
  sign: /more-(left|right)/.test(document.querySelector(".wide").className),
  page: document.documentElement.scrollWidth <= innerWidth}, "*");
</script>
"""
_CHOOSE = """
<script>
const cells = [...document.querySelectorAll("td")], field = document.querySelector("select"), result = {};
const all = () => cells.map(cell => [cell.firstChild.data, cell.getAttribute("aria-label"), cell.className].join());
const choose = index => {
  field.selectedIndex = index;
  field.dispatchEvent(new Event("change", {bubbles: true}));
};
const first = all();
result.shown = field.getBoundingClientRect().width > 0;
choose(1);
result.tiers = cells.map(cell => cell.firstChild.data);
result.labels = cells.map(cell => cell.getAttribute("aria-label"));
result.said = document.querySelector(".given").textContent;
choose(0);
result.back = all().every((cell, index) => cell.split(" ").sort().join() === first[index].split(" ").sort().join());
const probe = document.createElement("pre");
probe.id = "probe";
probe.textContent = JSON.stringify(result);
document.body.append(probe);
</script>
"""
_RELAY = """
<script>
addEventListener("message", event => {
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify(event.data);
  document.body.append(probe);
});
</script>
"""


def _seen(page: Path) -> dict[str, Any]:
    """What a browser makes of the page, once somebody has gone through it with the keys."""
    probed = page.with_name("probed.html")
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{_PROBE}</body>"), encoding="utf-8")
    # A window that comes up late has no focus yet.
    return next(found for found in (_probed(probed) for _ in range(9)) if found["focused"])


def _probed(probed: Path) -> dict[str, Any]:
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={probed.parent}/profile"]
    done = subprocess.run(
        [*command, "--dump-dom", probed.as_uri()], capture_output=True, text=True, timeout=60, check=True
    )
    found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stdout[-2_000:]
    return dict(json.loads(html.unescape(found[1])))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two policies: the shipped one, and one that lowers a role and raises another in one phase."""
    shutil.copytree(shipped_policy(), tmp_path / "agreed")
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    tiers = tmp_path / "policies" / "model_tiers.yaml"
    text = tiers.read_text(encoding="utf-8").replace("critic: general", "critic: fast")
    tiers.write_text(text.replace("worker_b: fast", "worker_b: general"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str) -> int:
    return CliRunner().invoke(main, arguments, prog_name="resolver").exit_code


@in_a_browser
def test_the_table_is_a_map_that_one_can_walk_through(folder: Path) -> None:
    """Every cell says its tier; hovering or walking there with the arrow keys tells the rule and where it stands."""
    assert _run("table", "--policies", "agreed", "--html", "table.html") == 0
    seen = _seen(folder / "table.html")
    assert (seen["stops"], seen["stops_after"]) == (1, 1)
    assert (seen["hidden"], seen["shown"]) == (True, "visible")
    assert (seen["right"], seen["down"], seen["end"], seen["left"]) == (1, 1, 0, True)
    assert (seen["loaded"], seen["headers"]) == (0, True)
    assert seen["contrast"] >= 4.5
    assert seen["why"].startswith("role_default (agreed/precedence.yaml:25)")
    assert {*seen["texts"]} == {"fast", "general", "reasoning"}
    executing = next(label for label in seen["labels"] if label.startswith("worker_a, worker_b, phase execution, not"))
    assert "not escalated: fast, phase_override (agreed/precedence.yaml:18)" in executing


@in_a_browser
def test_a_difference_is_marked_by_more_than_colour(folder: Path) -> None:
    """A changed cell has a sign and both tiers, what did not change only its tier; the groups stand below in words."""
    assert _run("diff", "agreed", "--html", "diff.html") == 1
    seen = _seen(folder / "diff.html")
    changed = [text for text in seen["texts"] if "→" in text]
    assert changed == ["▲ fast → general", "▼ general → fast", "▼ general → fast"]
    assert seen["contrast"] >= 4.5
    [raised] = [label for label in seen["labels"] if "raises" in label]
    assert "was phase_override (agreed/precedence.yaml:18)" in raised
    page = (folder / "diff.html").read_text(encoding="utf-8")
    assert "<h2>Requests</h2>" in page
    assert "critic; any phase, not escalated: general → fast" in page


def test_a_page_needs_nothing_from_elsewhere(folder: Path) -> None:
    """No address stands in it, its policy forbids loading, and names are escaped."""
    tiers = folder / "policies" / "model_tiers.yaml"
    text = tiers.read_text(encoding="utf-8")
    tiers.write_text(text.replace("critic: fast", '"<script>alert(1)</script>": fast'), encoding="utf-8")
    assert _run("table", "--html", "table.html") == 0
    page = (folder / "table.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:https?:)?//\w|\bsrc=|\bhref=|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


_FACTS = """facts: {preset: {values: [cheap, "<b>"]}, budget: {integer: true}, unread: {integer: true}}
rulesets:
  tier:
    cheap: {pri: 5, all: [{m: {preset: cheap}}], run: {tier: fast}, because: "It </script> is cheap."}
    rich: {pri: 6, all: [{m: {$and: [{$gt: {budget: 9}}, {role: critic}]}}], run: {tier: reasoning}}
"""


def _declare_facts(folder: Path) -> None:
    rules = folder / "policies" / "precedence.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("rulesets:\n  tier:\n", _FACTS, 1), encoding="utf-8")


def _choices(page: Path) -> tuple[list[tuple[str, list[str], int]], dict[str, Any], list[tuple[str, list[str]]]]:
    """The fields of a page with their values and the chosen one, its data, and its cells with their nodes."""
    text = page.read_text(encoding="utf-8")
    fields = []
    for name, inner in re.findall(r"<label>([^<]*) <select>(.*?)</select></label>", text):
        options = re.findall(r"<option( selected)?>([^<]*)</option>", inner)
        values = [html.unescape(value) for _, value in options]
        fields.append((name, values, [bool(chosen) for chosen, _ in options].index(True)))
    found = re.search(r'<script type="application/json" id="choices">(.*?)</script>', text)
    assert found is not None
    cells = re.findall(r'aria-label="([^"]*)" data-nodes="([^"]*)"', text)
    return fields, json.loads(found[1]), [(html.unescape(label), nodes.split()) for label, nodes in cells]


def _chosen(data: dict[str, Any], side: int, node: str, chosen: list[int]) -> list[str]:
    """The answer of a cell, as the script finds it."""
    of = data["sides"][side]
    while node in of["nodes"]:
        fact, children = of["nodes"][node]
        node = str(children[0 if fact < 0 else chosen[fact]])
    answer: list[str] = of["answers"][node]
    return answer


def test_a_page_lets_one_choose_facts(folder: Path) -> None:
    """For each choice, a cell has the tier that such a request gets; what no rule of the table reads is no choice."""
    _declare_facts(folder)
    assert _run("table", "--html", "table.html") == 0
    fields, data, cells = _choices(folder / "table.html")
    assert [(name, values) for name, values, _ in fields] == [
        ("preset", ["not given", "cheap", "<b>"]),
        ("budget", ["not given", "8 or less", "9", "10 or more"]),
    ]
    numbers = [None, 8, 9, 10]
    with Resolver.open("policies") as resolver:
        for (label, nodes), chosen in product(cells, product(range(3), range(4))):
            if ", not escalated: " not in label:
                continue
            role = label.partition(",")[0].replace("any other role", "another")
            phase = "execution" if "phase execution" in label else None
            values = {"preset": [None, "cheap", "<b>"][chosen[0]], "budget": numbers[chosen[1]]}
            facts = {name: value for name, value in values.items() if value is not None}
            decision = resolver.resolve("any", role, phase=phase, facts=facts)
            tier, style, why = _chosen(data, 0, nodes[0], [*chosen])
            assert (tier, why.partition(" (")[0]) == (decision.tier, decision.rule)
            assert style.startswith("tier-")
            if chosen == (0, 0):
                assert label.endswith(f": {tier}, {why}".replace("\n", ", "))


def test_a_page_begins_with_the_facts_that_are_given(folder: Path) -> None:
    """`--fact` chooses them, and a number chooses its range."""
    _declare_facts(folder)
    assert _run("table", "--html", "table.html", "--fact", "budget=77") == 0
    fields, _, cells = _choices(folder / "table.html")
    assert [chosen for _, _, chosen in fields] == [0, 3]
    assert [": reasoning, rich (" in label for label, _ in cells if label.startswith("critic,")].count(False) == 0
    assert "with budget 77" in (folder / "table.html").read_text(encoding="utf-8")


def test_a_difference_lets_one_choose_facts_of_the_new_policy(folder: Path) -> None:
    """Under the old policy, which does not know the fact, the request is one without it."""
    _declare_facts(folder)
    assert _run("diff", "agreed", "--html", "diff.html") == 1
    fields, data, cells = _choices(folder / "diff.html")
    assert len(fields) == 2
    nodes = next(nodes for label, nodes in cells if label.startswith("orchestrator, synthesizer, "))
    was, now = (_chosen(data, side, nodes[side], [1, 0]) for side in (0, 1))
    assert (was[0], now[0]) == ("reasoning", "fast")
    assert data["ways"]["reasoning"]["fast"] == "lowers"


def test_a_policy_without_facts_has_nothing_to_choose(folder: Path) -> None:
    """Its page has no fields."""
    assert _run("table", "--html", "table.html") == 0
    assert 'class="facts"' not in (folder / "table.html").read_text(encoding="utf-8")


@in_a_browser
def test_choosing_a_fact_changes_the_cells(folder: Path) -> None:
    """Text, tip, label and shade of a cell follow the fields, and so does what the page says of its requests."""
    _declare_facts(folder)
    assert _run("table", "--html", "table.html") == 0
    probed = folder / "probed.html"
    text = (folder / "table.html").read_text(encoding="utf-8")
    probed.write_text(text.replace("</body>", f"{_CHOOSE}</body>"), encoding="utf-8")
    seen = _probed(probed)
    assert seen["shown"]
    assert {*seen["tiers"]} == {"fast"}
    place = re.compile(r": fast, cheap \(policies/precedence\.yaml:\d+\), It </script> is cheap\.\Z")
    assert all(place.search(label) for label in seen["labels"])
    assert seen["said"] == "with preset cheap"
    assert seen["back"]


def _add_rule(file: Path, after: str, rule: str) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"\n{after}\n", f"\n{after}\n    {rule}\n"), encoding="utf-8")


_DEAR = "dear: {pri: 15, all: [{m: {triad: layout}}], run: {tier: reasoning}}"
_PATIENT = "patient: {pri: 15, all: [{m: {$and: [{triad: other}, {result: failure}]}}], run: count}"


def _rows(page: Path) -> list[str]:
    return re.findall(
        r'<th scope="row">(?:<details[^>]*><summary>[^<]*</summary>)?([^<]*)</', page.read_text(encoding="utf-8")
    )


def test_rows_tell_triads_apart_that_only_the_new_policy_names(folder: Path) -> None:
    """No two rows have the same heading, in the difference and in the table."""
    _add_rule(folder / "policies" / "precedence.yaml", "  tier:", _DEAR)
    assert _run("diff", "agreed", "--html", "diff.html") == 1
    assert _run("table", "--html", "table.html") == 0
    for page in ("diff.html", "table.html"):
        rows = _rows(folder / page)
        assert len({*rows}) == len(rows)
        assert [row for row in rows if row.endswith(" of triad layout")]
        assert any(row.startswith("worker_a") and row.endswith(" of any other triad") for row in rows)


def test_a_rule_of_outcomes_about_a_triad_hides_no_other(folder: Path) -> None:
    """A row of all triads but one says which it has, also where rules of outcomes name a triad."""
    _add_rule(folder / "policies" / "precedence.yaml", "  tier:", _DEAR)
    _add_rule(folder / "policies" / "three_strikes.yaml", "  outcome:", _PATIENT)
    assert _run("table", "--html", "table.html") == 0
    assert any(row.endswith(" of triad other, any other") for row in _rows(folder / "table.html"))


def test_a_list_of_names_is_shown_whole(folder: Path) -> None:
    """A row and a group of changes name all of their roles, however many share it; a very long list is folded."""
    for count, opening in ((20, "<details open>"), (40, "<details>")):
        roles = [f"reviewer_{number}" for number in range(count)]
        for name, tier in (("agreed", "general"), ("policies", "reasoning")):
            file = folder / name / "model_tiers.yaml"
            text = re.sub(r"(?m)^    reviewer_.*\n", "", file.read_text(encoding="utf-8"))
            rows = "".join(f"    {role}: {tier}\n" for role in roles)
            text = text.replace("  role_defaults:\n", f"  role_defaults:\n{rows}")
            file.write_text(text, encoding="utf-8")
        assert _run("diff", "agreed", "--html", "diff.html", "--allow-lower") == 0
        page = (folder / "diff.html").read_text(encoding="utf-8")
        assert f"{opening}<summary>{count} names</summary>{', '.join(roles)}</details>" in page
        assert f"raises: {', '.join(roles)}; any phase" in page
        assert f"{count - 6} more" not in re.sub(r'aria-label="[^"]*"', "", page)


def test_a_page_follows_the_screen_that_shows_it(folder: Path) -> None:
    """A page has colours for dark screens, a sign for a table that is too wide, and tips no wider than the screen."""
    assert _run("table", "--html", "table.html") == 0
    page = (folder / "table.html").read_text(encoding="utf-8")
    assert "color-scheme: light dark" in page
    assert page.count("@media (prefers-color-scheme: dark)") == 2
    assert "scroll it sideways" in page
    assert "100vw" in page


def test_a_page_has_the_structure_that_screen_readers_need(folder: Path) -> None:
    """Each list item is in a list, each description has its term, and what scrolls has a name and takes the focus."""
    tiers = folder / "policies" / "model_tiers.yaml"
    tiers.write_text(tiers.read_text(encoding="utf-8").replace("zai-glm-4.7", "zai-glm-5"), encoding="utf-8")
    assert _run("diff", "agreed", "--html", "diff.html", "--allow-lower") == 0
    structure = _Structure()
    structure.feed((folder / "diff.html").read_text(encoding="utf-8"))
    assert structure.parents["li"] == {"ul"}
    assert structure.parents["caption"] == {"table"}
    assert not {"dl", "dt", "dd"} & set(structure.parents)
    assert structure.open == []
    assert structure.regions == [("decision table", "0")]
    assert structure.language == "en"


class _Structure(HTMLParser):
    """The parents of each kind of element, and what a page says for screen readers."""

    def __init__(self) -> None:
        super().__init__()
        self.parents: dict[str, set[str]] = {}
        self.open: list[str] = []
        self.regions: list[tuple[str | None, str | None]] = []
        self.language: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.parents.setdefault(tag, set()).add(self.open[-1] if self.open else "")
        if given.get("role") == "region":
            self.regions.append((given.get("aria-label"), given.get("tabindex")))
        if tag == "html":
            self.language = given.get("lang")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@in_a_browser
@pytest.mark.parametrize("letters", [4, 200])
def test_tips_stay_on_the_screen_of_a_phone(letters: int, folder: Path) -> None:
    """In a window of 390 by 700, each tip is wholly inside; the table scrolls, and the page does not."""
    low, role, fact = ("".join(letter * letters) for letter in "lrf")
    assert _run("init", "own", "--tiers", f"{low},middle,high", "--roles", f"{role}:{low},x:middle,y:high") == 0
    rule = f"{{pri: 5, all: [{{m: {{{fact}: {role}}}}}], run: {{tier: {low}}}, because: {role}}}"
    facts = f"facts: {{{fact}: {{values: [{role}, other]}}}}\nrulesets: {{tier: {{{fact}: {rule}}}}}\n"
    (folder / "own" / "facts.yaml").write_text(facts, encoding="utf-8")
    assert _run("table", "--policies", "own", "--fact", f"{fact}={role}", "--html", "table.html") == 0
    framed = folder / "framed.html"
    inside = html.escape((folder / "table.html").read_text(encoding="utf-8").replace("</body>", f"{_TIPS}</body>"))
    framed.write_text(f'<!doctype html><iframe width="390" height="700" srcdoc="{inside}"></iframe>{_RELAY}')
    seen = _probed(framed)
    assert seen["outside"] == []
    assert seen["tips"] >= 16
    assert (seen["hint"], seen["sign"], seen["page"]) == (True, True, True)


@pytest.mark.slow
def test_a_page_has_a_limit_and_says_so(folder: Path) -> None:
    """Of hundreds of roles and tens of phases it shows a part: what changes first."""
    drawn = Random(1)
    tiers = [{f"r{role}": drawn.choice(["fast", "general", "reasoning"]) for role in range(150)} for _ in range(41)]
    roles, phases = json.dumps(tiers[0])[1:-1], json.dumps({f"p{at}": of for at, of in enumerate(tiers[1:])})[1:-1]
    tables = f"\n  role_defaults: {{{roles}}}\n  phase_overrides: {{{phases}}}\n"
    text = (folder / "agreed" / "model_tiers.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  (?:role_defaults|phase_overrides):\n(?:    .*\n|\n)*", "", text).rstrip() + tables
    (folder / "agreed" / "model_tiers.yaml").write_text(text, encoding="utf-8")
    file = folder / "policies" / "model_tiers.yaml"
    tiers[40]["r149"] = "general" if tiers[40]["r149"] == "reasoning" else "reasoning"
    changed = json.dumps({f"p{at}": of for at, of in enumerate(tiers[1:])})[1:-1]
    file.write_text(text.replace(phases, changed), encoding="utf-8")
    assert _run("table", "--html", "table.html") == 0
    assert (folder / "table.html").stat().st_size < 6_000_000
    assert "more phases, which this page leaves out" in (folder / "table.html").read_text(encoding="utf-8")
    assert _run("diff", "agreed", "--html", "diff.html", "--allow-lower") == 0
    page = (folder / "diff.html").read_text(encoding="utf-8")
    assert len(page) < 6_000_000
    assert re.search(r"<td[^>]*>[▲▼] \w+ → \w+<", page)


@in_a_browser
def test_headings_of_rows_stay_in_sight(folder: Path) -> None:
    """However far the table is scrolled to the right."""
    assert _run("table", "--policies", "agreed", "--html", "table.html") == 0
    page = folder / "table.html"
    text = page.read_text(encoding="utf-8").replace('<div class="scroll"', '<div class="scroll" style="width: 500px"')
    page.write_text(text, encoding="utf-8")
    assert _seen(page)["heading"] == [True, True]


def test_a_page_that_cannot_be_written_is_an_error(folder: Path) -> None:
    """The command says so and ends with exit code 2."""
    assert folder.exists()
    assert _run("table", "--html", "nowhere/table.html") == 2
    assert _run("diff", "agreed", "--html", "nowhere/diff.html") == 2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("tiers", range(1, 12))
def test_shades_go_one_way_and_can_be_read(tiers: int, *, dark: bool) -> None:
    """Higher tiers differ more from the page, each in its own shade; the text on it has a contrast of at least 4.5."""
    shades = [shade(rank, tiers, dark=dark) for rank in range(tiers)]
    light = [_luminance(background) for background, _ in shades]
    assert light == sorted(light, reverse=not dark)
    assert len({*light}) == tiers
    for background, text in shades:
        both = sorted([_luminance(background), _luminance(text)])
        assert (both[1] + 0.05) / (both[0] + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
