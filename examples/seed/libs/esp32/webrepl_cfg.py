PASS = "fjlkflsad"
PORT = 8267
