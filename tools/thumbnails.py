"""Take the pictures of the index page and the README from the real pages: `python3 run.py thumbs`."""

from __future__ import annotations

from kdviz.pages.catalogue import CATALOGUE
from tools.browsing import DRAWN, ROOT, chromium, serve

THUMBS = ROOT / "share/jupyter/labextensions/kdviz/static/thumbs"
HERO = ROOT / "docs/screenshot.png"
SIZE = {"width": 1280, "height": 720}
STATES = {  # what each picture shows where the page says more than as it opens
    "01_temperature": "T=4",
    "02_gradient_gap": "T=20&cs=1&ct=0",
    "03_mean_offset": "T=20&cs=1&ct=-1",
}


def main() -> None:
    """Write one light and one dark thumbnail per page (640 × 360), and the README's screenshot of page 02."""
    THUMBS.mkdir(parents=True, exist_ok=True)
    HERO.parent.mkdir(exist_ok=True)
    with serve() as server, chromium() as browser:
        for slug in CATALOGUE:
            for theme in ("light", "dark"):
                context = browser.new_context(viewport=SIZE, device_scale_factor=0.5)
                page = context.new_page()
                page.goto(server.page(slug, f"{STATES.get(slug, '')}&theme={theme}"))
                page.wait_for_function(DRAWN, timeout=60_000)
                page.screenshot(path=THUMBS / f"{slug}-{theme}.png", animations="disabled")
                context.close()
                print(THUMBS / f"{slug}-{theme}.png")
        page = browser.new_page(viewport=SIZE)
        page.goto(server.page("02_gradient_gap", f"{STATES['02_gradient_gap']}&theme=light"))
        page.wait_for_function(DRAWN, timeout=60_000)
        page.screenshot(path=HERO, animations="disabled")
        print(HERO)


if __name__ == "__main__":
    main()
