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
