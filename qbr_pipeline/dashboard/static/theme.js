// Before anything is painted: the colours that the person chose, else those of the system.
{
  const chosen = localStorage.getItem("qbr-theme");
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.bsTheme = chosen === "dark" || chosen === "light" ? chosen : system;
}
