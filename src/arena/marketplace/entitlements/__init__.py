"""The one question: may this subject receive this feed, now?"""
