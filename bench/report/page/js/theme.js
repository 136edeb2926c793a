// Light or dark: as the system has it, until the reader says otherwise.
function setUpTheme() {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  // A page opened from a disk may be refused any storage.
  const remember = (value) => {
    try {
      localStorage.setItem("report-theme", value);
    } catch {}
  };
  const remembered = () => {
    try {
      return localStorage.getItem("report-theme");
    } catch {
      return null;
    }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = () => button.setAttribute("aria-pressed", String(isDark()));

  const before = remembered();
  if (before === "light" || before === "dark") root.dataset.theme = before;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember(root.dataset.theme);
    show();
  });
  system.addEventListener("change", show);
  button.hidden = false;
  show();
}

// What is folded away on a screen is wanted on paper.
function setUpPrinting() {
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details[data-print]:not([open])")) {
      fold.open = true;
      opened.push(fold);
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of opened.splice(0)) fold.open = false;
  });
}
