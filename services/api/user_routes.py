"""The route table of the clinic's users: everybody sees who there is, admins decide."""

from services.api.endpoint import Endpoint
from services.api.models.users import (
    ChangedUser,
    PasswordBody,
    UserAnswer,
    UserBody,
    UserChangeBody,
    UserList,
    UserWithPassword,
)
from services.api.views import users

USERS = "/api/users"
USER = f"{USERS}/{{user_id}}"

USER_ENDPOINTS = (
    Endpoint(method="GET", path=USERS, handler=users.users, tag="people", answer=UserList),
    Endpoint(
        method="POST",
        path=USERS,
        handler=users.user_creation,
        tag="people",
        body=UserBody,
        answer=UserWithPassword,
        status=201,
        problems=(403, 409),
    ),
    Endpoint(method="GET", path=USER, handler=users.user_detail, tag="people", answer=UserAnswer, problems=(403, 404)),
    Endpoint(
        method="PATCH",
        path=USER,
        handler=users.user_change,
        tag="people",
        body=UserChangeBody,
        answer=ChangedUser,
        problems=(403, 404, 409, 412),
    ),
    Endpoint(
        method="POST",
        path=f"{USER}/password",
        handler=users.user_password,
        tag="people",
        body=PasswordBody,
        answer=UserWithPassword,
        problems=(403, 404),
    ),
    Endpoint(
        method="POST",
        path=f"{USER}/sign-out",
        handler=users.user_sign_out,
        tag="people",
        status=204,
        problems=(403, 404),
    ),
)
