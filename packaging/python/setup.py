"""The wheel holds a compiled file that no Python loads: for one platform, for every Python 3."""

from setuptools import setup
from wheel.bdist_wheel import bdist_wheel


class ForOnePlatform(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(cmdclass={"bdist_wheel": ForOnePlatform})
