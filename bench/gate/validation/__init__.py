"""The gate put to the test: does it keep quiet about nothing, and speak up about what it must?"""
