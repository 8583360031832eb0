import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;
const SMALLEST = 1024; // bytes; what is smaller fits into one packet anyway

/** Lays each text of the build beside itself as `.br` and `.gz`, for the API to serve. */
export function compressedBeforehand(): Plugin {
    return {
        name: "compressed-beforehand",
        apply: "build",
        async writeBundle({ dir }) {
            const files = dir ? await readdir(dir, { recursive: true }) : [];
            await Promise.all(files.filter((file) => TEXT.test(file)).map((file) => compress(join(dir ?? "", file))));
        },
    };
}

async function compress(file: string): Promise<void> {
    const content = await readFile(file);
    if (content.length < SMALLEST) return;
    await Promise.all([
        writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params: BROTLI })),
        writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 })),
    ]);
}

const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };
