// What a broker keeps over kill -9, again and again: under a client library's producer, and under everything at once.
import './verifying-producer.mjs'
import './everything.mjs'
