// Command bellhop watches a Rocket.Chat workspace's omnichannel chats and lets
// small Go plugins act on them.
package main

func main() {}
