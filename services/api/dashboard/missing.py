"""What is said where the dashboard was not built."""

from aiohttp import web

from services.api.problems import ProblemError

DETAIL = (
    "The dashboard is not built; everything else works. Building it needs Node 20.19 or newer and npm"
    " (on Debian and Ubuntu: apt install nodejs npm). Then `make run` or `make up` builds it, or by hand:"
    " cd services/dashboard && npm ci && npm run build"
)
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Prosa</title></head>
<body>
<h1>The dashboard is not built</h1>
<p>Everything else works: the API is at <a href="/api/openapi.json">/api/openapi.json</a>.</p>
<p>Building the dashboard needs Node 20.19 or newer and npm. On Debian and Ubuntu:</p>
<pre>apt install nodejs npm</pre>
<p>Then <code>make run</code> or <code>make up</code> builds it, or by hand:</p>
<pre>cd services/dashboard &amp;&amp; npm ci &amp;&amp; npm run build</pre>
</body>
</html>
"""


def not_built(request: web.Request) -> web.Response:
    """A page for people, a problem for programs: what is missing and how to get it."""
    if "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=503, text=PAGE, content_type="text/html", charset="utf-8")
    raise ProblemError(503, DETAIL, code="dashboard_not_built")
