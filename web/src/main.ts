// The entry: styles, htmx, then the islands, each a custom element that upgrades what the server rendered.
import "./styles/main.css";
import "htmx.org";
import "./islands/local-time";
import "./islands/live-part";
import "./islands/copy-button";
import "./islands/equity-chart";
import "./islands/signal-feed";
import "./islands/fee-drag";
import "./islands/busy-button";
import "./islands/key-signer";
import "./islands/length-count";
import "./islands/offline-notice";
