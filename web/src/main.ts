// The entry: styles, then the islands, each a custom element that upgrades what the server rendered.
import "./styles/main.css";
import "./local-time";
import "./live-part";
