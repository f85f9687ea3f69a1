const place = cell => {  // beside its cell, and on the screen
  const tip = cell.querySelector(".why"), box = cell.getBoundingClientRect(), edge = 8;
  const wide = document.documentElement.clientWidth, high = document.documentElement.clientHeight;
  const below = box.bottom + 4, above = box.top - tip.offsetHeight - 4;
  const top = below + tip.offsetHeight + edge <= high ? below : above;
  tip.style.bottom = "auto";
  tip.style.left = `${Math.max(edge, Math.min(box.left, wide - tip.offsetWidth - edge))}px`;
  tip.style.top = `${Math.max(edge, Math.min(top, high - tip.offsetHeight - edge))}px`;
};
const placeAll = () => document.querySelectorAll("td:focus, td:hover").forEach(place);
for (const frame of document.querySelectorAll(".wide")) {
  const scroll = frame.querySelector(".scroll"), hint = frame.previousElementSibling;
  const sign = () => {
    const hidden = scroll.scrollWidth - scroll.clientWidth;
    frame.classList.toggle("more-left", scroll.scrollLeft > 1);
    frame.classList.toggle("more-right", scroll.scrollLeft < hidden - 1);
    hint.hidden = hidden <= 1;
    const head = frame.querySelector("tbody th"), table = frame.querySelector("table");
    frame.style.setProperty("--left", `${head ? head.offsetWidth : 0}px`);
    frame.style.setProperty("--top", `${table.tHead.offsetTop}px`);
    placeAll();
  };
  scroll.addEventListener("scroll", sign, {passive: true});
  new ResizeObserver(sign).observe(scroll);
  sign();
}
addEventListener("scroll", placeAll, {passive: true});
for (const table of document.querySelectorAll("table.map")) {
  const rows = [...table.tBodies[0].rows].map(row => [...row.querySelectorAll("td")]);
  rows.forEach((cells, y) => cells.forEach((cell, x) => {
    cell.tabIndex = x || y ? -1 : 0;
    cell.addEventListener("mouseenter", () => place(cell));
    cell.addEventListener("focus", () => {
      rows.flat().forEach(other => { other.tabIndex = other === cell ? 0 : -1; });
      place(cell);
    });
    cell.addEventListener("keydown", event => {
      const move = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]}[event.key];
      const to = event.key === "Home" ? cells[0] : event.key === "End" ? cells[cells.length - 1]
        : move && rows[y + move[0]] && rows[y + move[0]][x + move[1]];
      if (event.key === "Escape") cell.blur();
      if (to) { to.focus(); event.preventDefault(); }
    });
  }));
}
const choices = document.getElementById("choices");
if (choices) {  // other facts, other tiers
  const {sides, ways, signs} = JSON.parse(choices.textContent), form = document.querySelector("form.facts");
  const labels = [...form.querySelectorAll("label")], fields = labels.map(label => label.querySelector("select"));
  const answer = ({nodes, answers}, node, chosen) => {
    while (node in nodes) node = nodes[node][1][nodes[node][0] < 0 ? 0 : chosen[nodes[node][0]]];
    return answers[node];
  };
  const flat = lines => lines.replaceAll("\n", ", ");
  const text = (nodes, chosen) => {
    const [was, now] = [0, sides.length - 1].map(side => answer(sides[side], nodes[side], chosen));
    if (was[0] === now[0]) return {shown: now[0], why: now[2], label: flat(`${now[0]}, ${now[2]}`), style: now[1]};
    const way = ways[was[0]][now[0]], why = `${way}: ${was[0]} → ${now[0]}\nwas ${was[2]}\nis ${now[2]}`;
    return {shown: `${signs[way]} ${was[0]} → ${now[0]}`, why, label: flat(`${now[0]}, ${why}`), style: `${now[1]} changed`};
  };
  const picked = () => fields.map(field => field.selectedIndex), first = picked();
  const cells = [...document.querySelectorAll("td[data-nodes]")].map(cell => {
    const nodes = cell.dataset.nodes.split(" "), label = cell.getAttribute("aria-label");
    return {cell, nodes, where: label.slice(0, label.length - text(nodes, first).label.length)};
  });
  form.addEventListener("change", () => {
    const chosen = picked();
    for (const {cell, nodes, where} of cells) {
      const {shown, why, label, style} = text(nodes, chosen);
      cell.firstChild.data = shown;
      cell.querySelector(".why").textContent = why;
      cell.setAttribute("aria-label", where + label);
      cell.className = cell.classList.contains("first") ? `${style} first` : style;
    }
    const given = labels.map((label, index) => `${label.firstChild.data.trim()} ${fields[index].selectedOptions[0].text}`);
    const facts = given.filter((_, index) => chosen[index]).join(", ");
    document.querySelector(".given").textContent = facts ? `with ${facts}` : "without extra facts";
  });
  form.hidden = false;
}
