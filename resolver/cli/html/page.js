for (const table of document.querySelectorAll("table.map")) {
  const rows = [...table.tBodies[0].rows].map(row => [...row.querySelectorAll("td")]);
  rows.forEach((cells, y) => cells.forEach((cell, x) => {
    cell.tabIndex = x || y ? -1 : 0;
    cell.addEventListener("focus", () => {
      rows.flat().forEach(other => { other.tabIndex = other === cell ? 0 : -1; });
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
