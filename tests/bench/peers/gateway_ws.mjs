// The `ws` package and ioredis by hand: rooms in a map, one SUBSCRIBE a room. Arguments: port, Redis URL.
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";

const [port, url] = process.argv.slice(2);
const redis = new Redis(url);
const rooms = new Map();
redis.on("messageBuffer", (channel, message) => {
  const room = rooms.get(channel.toString());
  if (room) for (const socket of room) socket.send(message, { binary: false });
});
const server = new WebSocketServer({ port: Number(port), host: "127.0.0.1", perMessageDeflate: false, backlog: 1024 });
server.on("connection", (socket, request) => {
  const name = `bench:${request.url.slice(1)}`;
  if (!rooms.has(name)) {
    rooms.set(name, new Set());
    redis.subscribe(name);
  }
  rooms.get(name).add(socket);
  socket.on("close", () => rooms.get(name).delete(socket));
  socket.on("error", () => {});
});
