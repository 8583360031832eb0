"""A RabbitMQ cluster of a test's own: three nodes on this machine, to be killed and brought back."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.binaries import find_program, find_rabbitmq
from deploy.local.ports import ServerPorts
from deploy.local.probes import probe_port_mapper, probe_rabbitmq
from deploy.local.rabbitmq import broker_environment, configuration, rabbitmq_url
from tests.lacking import give_up
from tests.ports import free_port
from tests.waiting import until

NODES = 3
STARTS_WITHIN_SECONDS = 120.0  # Erlang takes its time where the machine has little


@dataclass
class Node:
    """One node, with its data in a directory of its own."""

    stack: str
    home: Path
    ports: ServerPorts
    program: Path
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.environment["RABBITMQ_NODENAME"]

    @property
    def url(self) -> str:
        return rabbitmq_url(self.ports.rabbitmq)

    @property
    def environment(self) -> dict[str, str]:
        return broker_environment(self.stack, self.home, self.ports)

    def prepare(self, cookie: str, peers: Sequence[str]) -> None:
        """Lay out what it finds when it starts: who its peers are, and that it stops where it is with too few of them."""
        (self.home / "data").mkdir(parents=True)
        (self.home / "enabled_plugins").write_text("[].\n", "ascii")
        (self.home / ".erlang.cookie").write_text(cookie, "ascii")
        (self.home / ".erlang.cookie").chmod(0o400)
        clustered = [
            "cluster_partition_handling = pause_minority",
            # Who starts while another pauses or resumes looks for its tables again after this time; by default 30 s.
            "mnesia_table_loading_retry_timeout = 5000",
            "mnesia_table_loading_retry_limit = 60",
            "cluster_formation.peer_discovery_backend = classic_config",
            *(f"cluster_formation.classic_config.nodes.{index} = {peer}" for index, peer in enumerate(peers, 1)),
        ]
        text = "\n".join([configuration(self.ports.rabbitmq), *clustered, ""])
        (self.home / "rabbitmq.conf").write_text(text, "ascii")

    async def start(self) -> None:
        """Start it and wait until it takes clients."""
        await self.launch()
        await self.answers()

    async def launch(self) -> None:
        with (self.home / "log.txt").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(self.program), env=self.environment, cwd=self.home, stdout=log, stderr=log
            )

    async def answers(self) -> None:
        await until(self._answers, within=STARTS_WITHIN_SECONDS, what=f"{self.name} takes clients")

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, (self.home / "log.txt").read_text()[-2000:]
        return await asyncio.to_thread(probe_rabbitmq, "127.0.0.1", self.ports.rabbitmq) is None

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """kill -9: it gets to do nothing more."""
        if self._process is not None and self.lives:
            self._process.kill()
            await self._process.wait()

    async def told(self, expression: str) -> str:
        """What this node answers to an expression of Erlang."""
        tool = self.program.with_name("rabbitmqctl")
        asking = await asyncio.create_subprocess_exec(
            str(tool), "eval", expression, env=self.environment, cwd=self.home, stdout=asyncio.subprocess.PIPE
        )
        answer, _ = await asking.communicate()
        assert asking.returncode == 0, answer.decode()
        return answer.decode().strip()


@dataclass(frozen=True)
class Cluster:
    nodes: list[Node]

    @property
    def urls(self) -> str:
        """As RABBITMQ_URL names them."""
        return ",".join(node.url for node in self.nodes)

    async def leader(self, queue: str) -> Node:
        """The node that leads a quorum queue, as one that lives knows it. Fails where not every node has a copy of it."""
        resource = f'rabbit_misc:r(<<"/">>, queue, <<"{queue}">>)'
        expression = (
            f"{{ok, Q}} = rabbit_amqqueue:lookup({resource}), {{_, Leader}} = amqqueue:get_pid(Q),"
            " #{nodes := Members} = amqqueue:get_type_state(Q), {Leader, length(Members)}."
        )
        asked = next(node for node in self.nodes if node.lives)
        name, members = (await asked.told(expression)).strip("{}").split(",")
        assert int(members) == NODES, f"{queue} is on {members} nodes"
        return next(node for node in self.nodes if node.name == name)


@asynccontextmanager
async def rabbitmq_cluster(home: Path) -> AsyncIterator[Cluster]:
    """Three nodes that look for one another before they take clients, and a port mapper that is theirs alone; gone after
    the block.
    """
    script, mapper = find_rabbitmq(), find_program("epmd")
    if script is None or mapper is None:
        give_up("rabbitmq-server is not installed")
    port, cookie, mark = free_port(), secrets.token_hex(20), secrets.token_hex(3)
    nodes = [
        Node(f"{mark}_{index}", home / str(index), ServerPorts(0, 0, free_port(), free_port(), port), script)
        for index in range(NODES)
    ]
    for node in nodes:
        node.prepare(cookie, [peer.name for peer in nodes])
    async with AsyncExitStack() as stack:
        await _start_mapper(stack, mapper, port)
        for node in nodes:
            stack.push_async_callback(node.kill)
            await node.launch()
        await asyncio.gather(*(node.answers() for node in nodes))
        yield Cluster(nodes)


async def _start_mapper(stack: AsyncExitStack, program: Path, port: int) -> None:
    environment = {**os.environ, "ERL_EPMD_PORT": str(port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    process = await asyncio.create_subprocess_exec(str(program), env=environment, stdout=asyncio.subprocess.DEVNULL)

    async def end() -> None:
        process.kill()
        await process.wait()

    stack.push_async_callback(end)

    async def answers() -> bool:
        return await asyncio.to_thread(probe_port_mapper, "127.0.0.1", port) is None

    await until(answers, what="a port mapper that answers")
