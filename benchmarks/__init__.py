"""Speed against real peers, measured in one run. `python -m benchmarks` lists what there is."""
