# secrets.py

# wifi
wifi_ssid = 'WIFI_SSID'
wifi_pwd  = 'WIFI_PASSWORD'

# timezone
tz_offset = -8*3600    # PST

# webrepl password, 4 .. 9 characters
webrepl_pwd = 'fjlkflsad'
