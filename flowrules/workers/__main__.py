"""`python -m flowrules.workers`: a worker's process, which the front starts."""

from flowrules.workers.worker import main

if __name__ == "__main__":
    main()
