"""How good the forecast is, measured: curves cut short, forecast beyond the cut, and compared with what came."""
