"""The clinic's users."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.users import PasswordBody, UserBody, UserChangeBody
from services.api.parsing import parse_body
from services.api.resources import CLAIMS, RESOURCES
from services.api.users import change_user, create_user, give_password, read_user, read_users, sign_out_user
from services.api.versions import etag, stated_version


async def users(request: web.Request) -> web.Response:
    """Everybody of the clinic, by name. Admins are told more of each."""
    return json_answer(await read_users(request.app[RESOURCES].pool, request[CLAIMS]))


async def user_creation(request: web.Request) -> web.Response:
    """Let somebody sign in. Where no password is given, one is made and shown this once; only its hash is stored."""
    body = await parse_body(request, UserBody)
    resources = request.app[RESOURCES]
    user, password = await create_user(resources.pool, request[CLAIMS], resources.passwords, body)
    return json_answer({"user": user, "password": password}, status=201, headers=etag(user))


async def user_detail(request: web.Request) -> web.Response:
    """A user as admins see them. Their version is the `ETag`."""
    user = await read_user(request.app[RESOURCES].pool, request[CLAIMS], request.match_info["user_id"])
    return json_answer({"user": user}, headers=etag(user))


async def user_change(request: web.Request) -> web.Response:
    """Change a user's name or role, or whether they may sign in.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing. Whoever is deactivated
    is signed out everywhere at once; conversations that are theirs stay so, for others to take over. The clinic's last
    active admin stays one (409 `last_admin`).
    """
    body = await parse_body(request, UserChangeBody)
    resources, user = request.app[RESOURCES], request.match_info["user_id"]
    changed = await change_user(resources.pool, request[CLAIMS], user, body, stated_version(request))
    if changed["changed"]:
        resources.waker.wake()
    return json_answer(changed, headers=etag(changed["user"]))


async def user_password(request: web.Request) -> web.Response:
    """Give a user another password, which ends their sessions at once. Without one, one is made and shown this once."""
    body = await parse_body(request, PasswordBody)
    resources, user = request.app[RESOURCES], request.match_info["user_id"]
    kept, made = await give_password(resources.pool, request[CLAIMS], resources.passwords, user, body.password)
    resources.waker.wake()
    return json_answer({"user": kept, "password": made}, headers=etag(kept))


async def user_sign_out(request: web.Request) -> web.Response:
    """End every session of a user, on all devices; their live sockets are closed. They may sign in again."""
    resources = request.app[RESOURCES]
    await sign_out_user(resources.pool, request[CLAIMS], request.match_info["user_id"])
    resources.waker.wake()
    return web.Response(status=204)
