"""What every part of the harness uses: errors, digests, numbers and lines as people write them."""
