import sys

from benchmarks.run import main

sys.exit(main(["--peers", *sys.argv[1:]]))  # `make bench`, whose environment holds the other libraries
