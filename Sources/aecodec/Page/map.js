(() => {
  const map = document.querySelector("svg.map");
  const shown = map.querySelector(".shown");
  const [frame, view, text] = [shown.querySelector("rect"), shown.querySelector("svg"), shown.querySelector("text")];
  const sheet = shown.querySelector(".sheet");
  const across = Number(sheet.dataset.across);
  const [, , columns, rows] = view.getAttribute("viewBox").split(" ").map(Number);
  const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); };

  // The item beside its point, within the drawing.
  function show(circle) {
    const item = Number(circle.dataset.item);
    const { label } = circle.parentNode.dataset;
    const scale = Math.max(1, Math.min(168 / columns, 168 / rows));
    const [width, height] = [columns * scale, rows * scale];
    const [x, y] = [Number(circle.getAttribute("cx")), Number(circle.getAttribute("cy"))];
    const left = x + 16 + width + 12 > 1000 ? x - 28 - width : x + 16;
    const top = Math.max(0, Math.min(1000 - height - 36, y - height / 2));
    set(frame, { x: left, y: top, width: width + 12, height: height + 34, rx: 4 });
    set(view, { x: left + 6, y: top + 6, width, height, viewBox: `${(item % across) * columns} ${Math.floor(item / across) * rows} ${columns} ${rows}` });
    set(text, { x: left + 8, y: top + height + 20 });
    text.textContent = label === undefined ? `item ${item}` : `item ${item}: ${label}`;
    shown.setAttribute("visibility", "visible");
  }

  map.addEventListener("pointerover", (event) => {
    if (event.target.dataset.item === undefined) shown.setAttribute("visibility", "hidden");
    else show(event.target);
  });
  map.addEventListener("pointerleave", () => shown.setAttribute("visibility", "hidden"));

  // One label alone, or all again.
  const keys = [...map.querySelectorAll(".key")];
  function choose(key) {
    const isChosen = key.getAttribute("aria-pressed") !== "true";
    for (const each of keys) each.setAttribute("aria-pressed", isChosen && each === key);
    for (const group of map.querySelectorAll(".points g")) group.classList.toggle("off", isChosen && group.dataset.label !== key.dataset.label);
  }
  for (const key of keys) {
    key.addEventListener("click", () => choose(key));
    key.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      choose(key);
      event.preventDefault();
    });
  }
})();
