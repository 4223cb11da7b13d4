print("aecodec")
