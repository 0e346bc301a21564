// Builds the islands and the styles into the Python package, with a manifest the server reads.
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/static/built/",
  build: {
    outDir: "../src/arena/web/static/built",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: ["src/main.ts", "src/docs.ts"] },
  },
  test: { environment: "jsdom" },
});
