"""One contract for every venue: paper in process, our Binance connector, ccxt at Binance and at Coinbase."""
