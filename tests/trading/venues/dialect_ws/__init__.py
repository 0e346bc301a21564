"""The Binance dialect over WebSockets."""
