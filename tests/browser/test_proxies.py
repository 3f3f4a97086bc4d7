"""Behind a reverse proxy of the intranet: under a path of it, and behind its sign-in."""

import pytest
from joserfc.jwk import RSAKey

from app.main import create_app
from app.settings import Settings
from tests.access.test_guarding import sign_in
from tests.access.test_oidc import AUDIENCE, ISSUER, issuing
from tests.browser.test_embedding import QUESTION, host
from tests.proxying import Proxy
from tests.serving import served

pytestmark = pytest.mark.browser
ROOT = "/diensten/briefwijzer"


@pytest.fixture(scope="module")
def rooted(letter_index, _intranet):
    with served(
        create_app(Settings(index_dir=letter_index, access="open", root_path=ROOT, origins=(_intranet[0],)))
    ) as address:
        yield address


@pytest.mark.parametrize("strips", [True, False], ids=["without the prefix", "with the prefix"])
def test_everything_works_under_a_path_of_the_intranet(browse, rooted, strips):
    proxy = Proxy(rooted, ROOT, strips)
    with served(proxy.app()) as origin:
        visit = browse(origin)
        visit.page.goto(f"{origin}{ROOT}/")
        visit.part(".example").first.wait_for()
        visit.ask(QUESTION)
        visit.answered()
        visit.cite()
        visit.part("[aria-pressed]").first.click()
        visit.part(".remark").wait_for()
        viewer = visit.viewer()
        assert viewer.url.startswith(f"{origin}{ROOT}/documents/brief-2025-12?rev=")
        assert "zelfstandige" in viewer.locator("mark#quote").inner_text()
        for link in ("nav a:not([hreflang])", ".bottom a", "a[hreflang]"):
            viewer.locator(link).first.click()
            assert viewer.url.startswith(f"{origin}{ROOT}/"), link
            assert viewer.locator("h1").first.is_visible(), link
            viewer.go_back()
        visit.assert_clean()
    assert [path for path in proxy.seen if not path.startswith(f"{ROOT}/") and path != "/favicon.ico"] == []


def test_a_page_of_another_origin_uses_the_service_under_its_path(browse, intranet, rooted):
    origin, contents = intranet
    with served(Proxy(rooted, ROOT).app()) as address:
        contents["/"] = host(f"{address}{ROOT}")
        visit = browse(origin, address)
        visit.page.goto(origin)
        visit.open()
        visit.ask(QUESTION)
        visit.answered()
        visit.cite()
        assert visit.part(".links a").first.get_attribute("href").startswith(f"{address}{ROOT}/documents/")
        visit.assert_clean()


def test_who_signed_in_at_the_proxy_uses_the_services_own_page(browse, letter_index, tmp_path):
    key = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
    header = "X-Forwarded-Access-Token"
    with issuing(key) as issuer:
        chosen = Settings(
            index_dir=letter_index, access_dir=tmp_path, access="oidc", oidc_issuer=ISSUER, oidc_audience=AUDIENCE,
            oidc_jwks=issuer.url, oidc_header=header, trusted_proxies=("127.0.0.1",),
        )  # fmt: skip
        with served(create_app(chosen)) as upstream:
            with served(Proxy(upstream, passes={header: sign_in(key)}).app()) as origin:
                visit = browse(origin)
                visit.page.goto(f"{origin}/sign-in")
                visit.part(".example").first.wait_for()
                visit.ask(QUESTION)
                visit.answered()
                visit.cite()
                visit.page.goto(f"{origin}/embed")
                visit.ask(QUESTION)
                visit.answered(2)
                visit.assert_clean()
            # Past the proxy nobody is signed in, and the page says what to do.
            visit = browse(upstream)
            assert visit.page.goto(upstream).status == 401
            assert "Meld u aan bij uw organisatie" in visit.part("main").inner_text()
            assert visit.barriers() == []
