def digest_of(data):
    import hashlib

    return hashlib.sha256(data).digest()
