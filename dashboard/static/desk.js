// What the pages do in the browser by themselves: links without a reload, the keyboard, what is read out, printing,
// copying and saving. It sends nothing anywhere. Without it every link and button still works, with a reload.
(() => {
  const DIALOGS = ["note", "snooze"];
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const scroller = () => one('[data-testid="stMain"]');

  // Links: Streamlit follows the address when the browser goes back or forth, so a link goes forth by itself.
  const places = () => JSON.parse(sessionStorage.getItem("meshwork-places") || "{}");
  const keepPlace = () => {
    if (!scroller()) return;
    sessionStorage.setItem("meshwork-places", JSON.stringify({ ...places(), [location.href]: scroller().scrollTop }));
  };
  let wanted = null; // the place to scroll to once the page is drawn
  let landing = location.hash; // or the element, which is opened if it is closed

  function go(url, { keep = false } = {}) {
    keepPlace();
    const samePage = url.pathname === location.pathname;
    history.pushState({}, "", url);
    wanted = keep || samePage ? null : places()[url.href] || 0;
    landing = wanted ? "" : url.hash;
    leaving = true;
    window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    leaving = false;
  }
  let leaving = false;
  window.addEventListener("popstate", () => {
    if (!leaving) wanted = places()[location.href] || 0;
  });

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const set = event.target.closest("[data-set]");
    if (set) {
      event.preventDefault();
      const [name, value] = set.dataset.set.split("=");
      const url = new URL(location.href);
      DIALOGS.forEach((each) => url.searchParams.delete(each));
      url.searchParams.set(name, value);
      go(url, { keep: true });
      return;
    }
    const link = event.target.closest(".stHtml a[href]");
    if (!link || link.hasAttribute("download") || link.target === "_blank") return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || (url.pathname === location.pathname && url.hash)) return;
    event.preventDefault();
    go(url);
  });

  // What is read out, and where the focus goes.
  const live = document.createElement("p");
  live.setAttribute("role", "status");
  live.className = "mw-unseen";
  document.body.append(live);
  let read = null;
  let focusOn = null;
  let holding = null;

  function drawn() {
    const said = one(".mw-announce");
    if (said && said.dataset.number !== read) {
      const first = read === null;
      read = said.dataset.number;
      if (said.dataset.text && !(first && said.dataset.number === "0")) live.textContent = said.dataset.text;
      if (said.dataset.focus && !first) focusOn = said.dataset.focus;
    }
    if (focusOn && !one('[role="dialog"]')) {
      // A dialog that closes gives the focus back to where it was, after this: so it is asked for again for a while.
      const element = one(focusOn);
      if (element && document.activeElement !== element) element.focus();
      if (element && !holding) {
        holding = [150, 400, 800].map((later) => setTimeout(drawn, later));
        setTimeout(() => ((focusOn = null), (holding = null)), 1000);
      }
    }
    if (wanted !== null && one(".mw-footer") && one('[data-test-script-state="notRunning"]')) {
      if (scroller()) scroller().scrollTop = wanted;
      wanted = null;
    }
    const target = landing && document.getElementById(landing.slice(1));
    if (target && one(".mw-footer") && one('[data-test-script-state="notRunning"]')) {
      if (target.matches("details")) target.open = true;
      target.scrollIntoView({ block: "start" });
      landing = "";
    }
    one('[data-testid="stExpandSidebarButton"]')?.setAttribute("aria-label", "Menu"); // as the style sheet labels it
    const whose = one("[data-therapist]");
    if (whose) localStorage.setItem("meshwork-therapist", whose.dataset.therapist);
    const remembered = localStorage.getItem("meshwork-therapist");
    if (one("[data-ask-therapist]") && remembered && !new URL(location.href).searchParams.has("therapist")) {
      const url = new URL(location.href);
      url.searchParams.set("therapist", remembered);
      localStorage.removeItem("meshwork-therapist"); // a therapist who has left is not asked for over and over
      go(url);
    }
    keys();
    drawNames();
  }
  let waiting = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(drawn);
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-test-script-state"] });

  // The keyboard. Single letters can be switched off, for those who dictate or hit keys by accident.
  const on = () => localStorage.getItem("meshwork-keys") !== "off";
  function keys() {
    for (const button of all("[data-keys]")) {
      const label = on() ? "Turn shortcuts off" : "Turn shortcuts on";
      if (button.textContent !== label) button.textContent = label;
    }
  }
  function move(step) {
    const stops = all("[data-stop], .st-key-every-card button").filter((each) => each.offsetParent);
    const here = stops.findIndex((each) => each.contains(document.activeElement));
    const next = stops[Math.min(Math.max(here + step, 0), stops.length - 1)];
    if (!next) return;
    if (next.tabIndex < 0) next.setAttribute("tabindex", "-1");
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
  function act(name) {
    const stop = document.activeElement?.closest("[data-stop]") || one("[data-stop]");
    stop && one(`[data-set^="${name}="]`, stop)?.click();
  }
  const shortcuts = {
    "/": () => one(".st-key-find input")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    n: () => act("note"),
    s: () => act("snooze"),
    u: () => one('[class*="st-key-undo"] button')?.click(),
    o: () => one("th a, h3 a", document.activeElement?.closest("[data-stop]") || document)?.click(),
    "?": () => {
      const help = one(".mw-shortcuts");
      if (help) help.open = !help.open;
      help?.querySelector("summary").focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable], [role=combobox]");
    if (event.key === "Enter" && typing?.closest(".st-key-find")) {
      setTimeout(() => one(".mw-list [data-stop]")?.focus(), 400);
      return;
    }
    if (typing || !on() || one('[role="dialog"]')) return;
    focusOn = null;
    const does = shortcuts[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }, true);

  // Skip links, printing, copying, saving, switching the keys.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-print], [data-keys], [data-skip], [data-save], [data-names]");
    if (!button) return;
    if (button.dataset.copy !== undefined) copy(button);
    else if (button.dataset.print !== undefined) window.print();
    else if (button.dataset.save !== undefined) save(button);
    else if (button.dataset.names !== undefined) chooseNames(button);
    else if (button.dataset.skip !== undefined) {
      event.preventDefault();
      const target = one(button.dataset.skip);
      target?.setAttribute("tabindex", "-1");
      target?.focus();
      target?.scrollIntoView({ block: "start" });
    } else {
      localStorage.setItem("meshwork-keys", on() ? "off" : "on");
      keys();
    }
  });
  async function copy(button) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      live.textContent = "Copied.";
    } catch {
      button.textContent = button.dataset.copy; // a browser that does not allow it: to be copied by hand
      return;
    }
    setTimeout(() => (button.textContent = label), 2000);
  }

  // Names beside pseudonyms, from the clinic's own crosswalk: columns `pseudonym`, and `name` or else `client_id`. They
  // are in this variable and in an attribute that the style sheet draws: nothing stores or sends them, and they are no
  // text of the page that could be copied or typed back.
  let names = new Map();
  const PSEUDONYMS = '.stHtml a[href*="client?c="], #client, .mw-dialog b';
  function drawNames() {
    for (const element of names.size ? all(PSEUDONYMS) : []) {
      const name = names.get(element.textContent.trim());
      if (name) element.dataset.person = name;
    }
  }
  function chooseNames(button) {
    const input = document.createElement("input"); // in no page, so no other script sees it
    input.type = "file";
    input.accept = ".csv";
    input.addEventListener("change", () => {
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        names = crosswalk(reader.result);
        button.textContent = names.size ? `Names of ${names.size} clients are shown` : "This file is no crosswalk";
        live.textContent = `${button.textContent}.`;
        drawNames();
      });
      reader.readAsText(input.files[0]);
    });
    input.click();
  }
  function crosswalk(text) {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
      rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (end && end !== ",") rows.push([]);
    }
    const header = rows.shift().map((cell) => cell.trim().toLowerCase());
    const whose = header.indexOf("pseudonym");
    const name = header.indexOf(header.includes("name") ? "name" : "client_id");
    if (whose < 0 || name < 0) return new Map();
    return new Map(rows.filter((row) => row[whose] && row[name]).map((row) => [row[whose], row[name]]));
  }

  // What a page shows as a picture, in the colours in which it is on the screen: a chart is one already; anything else is
  // a piece of the page with its style sheet, in a frame that a picture may hold.
  async function save(button) {
    const shown = one(button.dataset.target);
    if (!shown) return;
    const chart = one(".stVegaLiteChart svg", shown);
    const picture = chart ? ofChart(chart) : ofPage(shown);
    const room = chart ? 0 : 2 * ROOM; // the letters of a picture are those of whoever opens it, and may be wider
    const { width, height } = (({ width, height }) => ({ width: width + room, height: height + room }))(
      (chart || shown).getBoundingClientRect(),
    );
    picture.setAttribute("width", width);
    picture.setAttribute("height", height);
    const text = new XMLSerializer().serializeToString(picture);
    if (button.dataset.save === "svg") {
      return give(new Blob([text], { type: "image/svg+xml" }), `${button.dataset.name}.svg`);
    }
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => give(blob, `${button.dataset.name}.png`), "image/png");
  }
  const ROOM = 24;
  const ground = () => getComputedStyle(one(".stApp")).backgroundColor;
  function ofChart(chart) {
    const picture = chart.cloneNode(true);
    const shown = [chart, ...chart.querySelectorAll("*")];
    [picture, ...picture.querySelectorAll("*")].forEach((element, index) => {
      const style = getComputedStyle(shown[index]);
      for (const name of ["fill", "stroke", "font-family", "font-size", "font-weight", "opacity"]) {
        element.style.setProperty(name, style.getPropertyValue(name));
      }
    });
    picture.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    picture.style.background = ground();
    return picture;
  }
  function ofPage(shown) {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const frame = picture.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "foreignObject"));
    frame.setAttribute("width", "100%");
    frame.setAttribute("height", "100%");
    const page = frame.appendChild(document.createElement("div"));
    const style = getComputedStyle(one(".stApp"));
    page.className = "stApp";
    for (const name of ["color-scheme", "color", "font-family", "font-size", "line-height"]) {
      page.style.setProperty(name, style.getPropertyValue(name));
    }
    page.style.setProperty("background", ground());
    page.style.setProperty("padding", `${ROOM}px`);
    page.style.setProperty("height", "100%");
    const sheet = page.appendChild(document.createElement("style"));
    sheet.textContent = all("style").find((each) => each.textContent.includes("--ink"))?.textContent || "";
    for (const piece of all(".stHtml", shown)) page.append(...piece.cloneNode(true).children);
    all("details", page).forEach((each) => each.remove());
    return picture;
  }
  function give(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
})();
