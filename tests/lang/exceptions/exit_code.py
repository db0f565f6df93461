import sys
print("before")
try:
    sys.exit("message to stderr")
except SystemExit as e:
    print(repr(e.code))
sys.exit(7)
