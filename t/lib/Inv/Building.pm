package Inv::Building;

# A relay before a MongoDB server that says, whenever it is asked for the indexes
# of products, that the one of sku is being built, and nothing else of it.  A
# process of its own, which ends with the test.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();

use constant OP_MSG => 2013;

# uri: of the server; the first host is taken.
sub new {
    my ($class, $uri) = @_;
    my ($host, $port, $database, $options)
        = $uri =~ m{^mongodb://([^:/?,@]+):(\d+)[^/?]*/?([^?]*)\??(.*)$}
        or die "not a host and a port at first: $uri\n";
    my $door = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        Listen    => 64,
        Proto     => 'tcp',
    ) or die "listen: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{TERM} = 'DEFAULT';
        _relay($door, "$host:$port");
        POSIX::_exit(0);
    }

    # For members that a replica set names the driver would leave the relay.
    my @options = grep { length && !/^(?:replicaSet|directConnection)=/i }
        split /&/, $options;
    return bless {
        pid   => $pid,
        owner => $$,
        uri   => 'mongodb://127.0.0.1:' . $door->sockport . "/$database?"
            . join('&', @options, 'directConnection=true'),
    }, $class;
}

sub uri { my ($self) = @_; return $self->{uri} }

# Copies both ways until either side has closed.
sub _relay {
    my ($door, $server_address) = @_;
    my (%other, %text);
    my $select = IO::Select->new($door);
    while (my @ready = $select->can_read) {
        for my $sock (@ready) {
            if ($sock == $door) {
                my $client = $door->accept or next;
                my $server = IO::Socket::INET->new($server_address) or next;
                @other{ $client, $server } = ($server, $client);
                $text{$client} = '';
                $select->add($client, $server);
                next;
            }
            my $peer = $other{$sock} or next;
            my $size = sysread $sock, my $bytes, 65536;
            if (!$size) {
                $select->remove($sock, $peer);
                delete @other{ $sock, $peer };
                close $_ for $sock, $peer;
            }
            elsif (defined $text{$sock}) {
                $text{$sock} .= $bytes;
                _pass(\$text{$sock}, $sock, $peer);
            }
            else {
                _send($peer, $bytes);
            }
        }
    }
    return;
}

sub _send {
    my ($to, $bytes) = @_;
    return print({$to} $bytes) && $to->flush;
}

# The whole messages of a client: on to the server, or answered here.
sub _pass {
    my ($text, $client, $server) = @_;
    while (length ${$text} >= 16) {
        my ($size, $request) = unpack 'VV', ${$text};
        return if length ${$text} < $size;
        my $message = substr ${$text}, 0, $size, '';
        if ($message =~ /\x02listIndexes\0.{4}products\0/s) {
            _send($client, _answer($request));
        }
        else {
            _send($server, $message);
        }
    }
    return;
}

# BSON, as far as it is needed.
sub _document {
    my (@elements) = @_;
    my $body = join '', @elements, "\0";
    return pack('V', 4 + length $body) . $body;
}

sub _text   { return "\x02$_[0]\0" . pack('V/a*', "$_[1]\0") }
sub _number { return "\x10$_[0]\0" . pack('V', $_[1]) }
sub _true   { return "\x08$_[0]\0\x01" }
sub _inside { my ($name, @elements) = @_; return "\x03$name\0" . _document(@elements) }
sub _list   { my ($name, @elements) = @_; return "\x04$name\0" . _document(@elements) }

sub _answer {
    my ($request) = @_;
    my $index = _inside(
        spec => _number(v => 2),
        _inside(key => _number(sku => 1)),
        _text(name => 'sku_1'), _true('unique'),
        _inside(
            partialFilterExpression => _inside(sku => _true('$exists'))
        )
    );
    my $document = _document(
        _inside(
            cursor => "\x12id\0" . "\0" x 8,
            _text(ns => 'd.products'),
            _list(
                firstBatch =>
                    _inside(0 => $index, _inside('indexBuildInfo'))
            )
        ),
        _number(ok => 1)
    );
    my $body = pack('V C', 0, 0) . $document;
    return pack('VVVV', 16 + length $body, 1, $request, OP_MSG) . $body;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
