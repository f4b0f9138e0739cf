"""A client of DB32/T 3761.46-2021 written from the specification alone: the third opinion of the end-to-end suite.

It shares no code with the project. Standard library, AES from pycryptodome, SM4 from `cryptography` (OpenSSL).
"""
