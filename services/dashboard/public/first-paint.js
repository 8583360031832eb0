// Runs before anything is painted: the theme and the language that were chosen in this browser. No module, since those wait.
(function () {
    var chosen = function (key) {
        try {
            return localStorage.getItem(key);
        } catch {
            return null; // storage is forbidden here
        }
    };
    var theme = chosen("prosa.theme");
    var dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.documentElement.lang = chosen("prosa.language") || "pt-BR";
})();
