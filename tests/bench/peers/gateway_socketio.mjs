// Socket.IO with its Redis adapter, as its documentation recommends for speed: WebSocket only, no compression (so that
// a broadcast's frame is encoded once), the first HTTP request forgotten. Arguments: port, Redis URL.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";

const [port, url] = process.argv.slice(2);
const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  adapter: createAdapter(new Redis(url), new Redis(url)),
});
io.on("connection", (socket) => {
  socket.join(socket.handshake.query.room);
  socket.conn.request = null;
});
http.listen({ port: Number(port), host: "127.0.0.1", backlog: 1024 });
