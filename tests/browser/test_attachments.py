"""Files in conversations: pasted, dropped, recorded, and looked at."""

import base64
import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner, add_talk, composer_of, open_talk

HEARD = """(audio) => new Promise((heard) => {
    const look = () => (audio.played.length > 0 ? heard() : requestAnimationFrame(look));
    look();
})"""
GIVE = """([box, how, name, type, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name, { type }));
    const event = how === "paste"
        ? new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true })
        : new DragEvent(how, { dataTransfer: given, bubbles: true, cancelable: true });
    box.dispatchEvent(event);
}"""


async def give(box: Locator, how: str, name: str, kind: str, content: bytes) -> None:
    """A file, as a clipboard or a pointer brings it."""
    handle = await box.element_handle()
    await box.page.evaluate(GIVE, [handle, how, name, kind, base64.b64encode(content).decode()])


async def drawn(page: Page) -> bytes:
    """A picture that is made of more than one colour."""
    data: str = await page.evaluate(
        """() => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 400 });
            const pen = canvas.getContext("2d");
            for (let x = 0; x < 640; x += 8) { pen.fillStyle = `hsl(${x / 2} 60% 60%)`; pen.fillRect(x, 0, 8, 400); }
            return canvas.toDataURL("image/png").split(",")[1];
        }"""
    )
    return base64.b64decode(data)


async def test_a_pasted_picture_and_a_dropped_file_are_sent_and_the_picture_is_seen_large(
    login_as: AgentOf, owner: Owner
) -> None:
    """A note takes none of them; in the history a click opens the picture, Escape closes it, and the focus is back."""
    talk = add_talk(owner, "Pode me mandar?")
    ana = await login_as("ana")
    page = ana.page
    await open_talk(page, talk)
    await page.get_by_text("Nota interna", exact=True).click()
    await give(page.get_by_label(re.compile("^Nota interna sobre")), "paste", "a.png", "image/png", b"png")
    await expect(page.get_by_text("Notas não levam arquivos.").first).to_be_visible()
    await expect(page.get_by_role("list", name="Arquivos anexados")).to_have_count(0)
    await page.get_by_text("Responder", exact=True).click()
    box = composer_of(page, talk)
    await give(box, "paste", "exame.png", "image/png", await drawn(page))
    await give(box, "dragover", "preparo.pdf", "application/pdf", b"%PDF-1.4")
    await expect(page.get_by_text("Solte os arquivos para anexar")).to_be_visible()
    await give(box, "drop", "preparo.pdf", "application/pdf", b"%PDF-1.4")
    files = page.get_by_role("list", name="Arquivos anexados")
    for name in ("exame.png", "preparo.pdf"):
        await expect(files.get_by_role("listitem").filter(has_text=name)).to_contain_text("pronto")
    await page.get_by_role("button", name="Enviar", exact=True).click()
    await expect(page.get_by_role("button", name="Baixar preparo.pdf")).to_be_visible()

    picture = page.get_by_role("button", name="Ver exame.png em tamanho grande")
    await expect(picture.locator("img")).to_have_js_property("naturalWidth", 640)
    await picture.click()
    large = page.get_by_role("dialog", name="Visualização de exame.png")
    await expect(large.get_by_role("img")).to_have_js_property("naturalWidth", 640)
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(picture).to_be_focused()
    await page.set_viewport_size({"width": 360, "height": 740})
    # The list is gone with the next drawing.
    await expect(page.get_by_role("searchbox")).to_have_count(0)
    for file in (picture, page.get_by_role("button", name="Baixar preparo.pdf")):
        assert await file.evaluate(
            "(file) => file.getBoundingClientRect().right <= file.closest('article').getBoundingClientRect().right"
        )
    assert ana.errors == []


async def test_a_voice_is_recorded_sent_and_heard(login_as: AgentOf, owner: Owner) -> None:
    """Without a microphone that is said; what was discarded goes nowhere; what was kept is played from the history."""
    talk = add_talk(owner, "Me explica por áudio?")
    ana = await login_as("ana")
    page = ana.page
    await open_talk(page, talk)
    await page.get_by_role("button", name="Gravar áudio").click()
    await expect(page.get_by_text("O navegador não deu acesso ao microfone.").first).to_be_visible()
    await ana.context.grant_permissions(["microphone"])
    await page.get_by_role("button", name="Gravar áudio").click()
    await page.get_by_role("button", name="Descartar gravação").click()
    await expect(composer_of(page, talk)).to_be_visible()

    await page.get_by_role("button", name="Gravar áudio").click()
    await expect(page.get_by_text(re.compile(r"Gravando, 0:0[1-9]"))).to_be_visible()
    await page.get_by_role("button", name="Parar e anexar").click()
    files = page.get_by_role("list", name="Arquivos anexados").get_by_role("listitem")
    await expect(files).to_have_count(1)
    await expect(files).to_contain_text("pronto")
    await page.get_by_role("button", name="Enviar", exact=True).click()
    await page.get_by_role("article").get_by_role("button", name="Tocar").click()
    await page.locator("article audio").evaluate(HEARD)
    await expect(page.get_by_role("article").get_by_role("slider")).to_have_attribute(
        "aria-valuetext", re.compile("/ 0:0[1-9]$")
    )
    assert ana.errors == []
