"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# A machine that is busy with something else makes no example wrong, and rulebooks, plans and deep
# conditions take long to draw. How many examples there are stays a choice of each test.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("patient")
