const LINES = { "pt-BR": "A página não pôde ser carregada.", en: "The page could not be loaded." };

/** Says in every language that none could be loaded, and offers to try again. */
export function showWithoutTexts(root: HTMLElement, reload: () => void): void {
    const said = Object.entries(LINES).map(([lang, textContent]) =>
        Object.assign(document.createElement("p"), { lang, textContent }),
    );
    const button = Object.assign(document.createElement("button"), {
        type: "button",
        textContent: "Recarregar · Reload",
        className: "rounded-md border px-3 py-1.5",
    });
    button.addEventListener("click", reload);
    const alert = Object.assign(document.createElement("div"), {
        className: "grid h-full place-content-center justify-items-center gap-3 p-6 text-center",
    });
    alert.setAttribute("role", "alert");
    alert.append(...said, button);
    root.replaceChildren(alert);
}
