"""nchan, the publish/subscribe module of nginx in C, out of Debian's packages: unpacked into .local, not installed."""

from pathlib import Path

from tests.bench.peers.debian import libraries, unpack
from tests.product import ROOT

PLACE = ROOT / ".local" / "bench" / "nchan"
PACKAGES = ("nginx", "libnginx-mod-nchan", "libhiredis0.14")

# In its own memory, with nothing between it and the publisher. Its buffer is as long as our history. What it is to deliver
# comes by HTTP over one connection, pipelined.
_CONFIGURATION = """
load_module {modules}/ngx_nchan_module.so;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; multi_accept on; }}
http {{
    access_log off;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    nchan_shared_memory_size 256M;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location ~ /sub/(\\d+)$ {{
            nchan_subscriber websocket;
            nchan_channel_id $1;
            nchan_subscriber_first_message newest;
            nchan_websocket_ping_interval 25;
        }}
        location ~ /pub/(\\d+)$ {{
            nchan_publisher http;
            nchan_channel_id $1;
            nchan_message_buffer_length 300;
            nchan_message_timeout 24h;
        }}
    }}
}}
"""


def install_nchan() -> None:
    """Fetch and unpack the packages; nothing to do when they are there."""
    unpack(PACKAGES, PLACE)


def nchan_command(port: int, folder: Path) -> list[str]:
    """nginx with one worker and a configuration of ours."""
    configuration = folder / "nginx.conf"
    modules = PLACE / "usr" / "lib" / "nginx" / "modules"
    configuration.write_text(_CONFIGURATION.format(modules=modules, folder=folder, port=port), "utf-8")
    return [str(PLACE / "usr" / "sbin" / "nginx"), "-c", str(configuration), "-p", str(folder)]


def nchan_environment() -> dict[str, str]:
    """Where it finds the library that came with it."""
    return libraries(PLACE)
