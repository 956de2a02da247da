package Inv::Redis;

# Direct access to the real Redis: RESP2 over one blocking connection.

use strict;
use warnings;

use IO::Socket::INET;

sub new {
    my ($class, $url) = @_;
    my ($user, $password, $host, $port, $db)
        = $url =~ m{^redis://(?:([^:@/]*)(?::([^@/]*))?@)?
                     ([^:/]+)(?::(\d+))?(?:/(\d+))?$}x
        or die "not a Redis URL: $url\n";
    my $sock = IO::Socket::INET->new(
        PeerAddr => $host,
        PeerPort => $port // 6379,
        Proto    => 'tcp',
        Timeout  => 10,
    ) or die "Redis at $host: $!\n";
    my $self = bless { sock => $sock }, $class;
    if (defined $password) {
        $self->command('AUTH', length($user // '') ? ($user, $password)
            : $password);
    }
    $self->command(SELECT => $db) if $db;
    return $self;
}

# The reply: a string, an integer, undef (nil) or a reference to a list.
sub command {
    my ($self, @words) = @_;
    my $text = '*' . @words . "\r\n";
    $text .= '$' . length($_) . "\r\n$_\r\n" for @words;
    $self->{sock}->syswrite($text) == length $text
        or die "Redis: write: $!\n";
    return $self->_reply;
}

sub _reply {
    my ($self) = @_;
    my $sock = $self->{sock};
    local $/ = "\r\n";
    my $line = <$sock>;
    die "Redis: connection closed\n" if !defined $line;
    chomp $line;
    my $type = substr $line, 0, 1, '';
    return $line if $type eq '+' || $type eq ':';
    die "Redis: $line\n" if $type eq '-';
    return if $line < 0;
    return [ map { scalar $self->_reply } 1 .. $line ] if $type eq '*';
    my $value = '';
    while (length $value < $line + 2) {
        read($sock, $value, $line + 2 - length $value, length $value)
            or die "Redis: connection closed\n";
    }
    return substr $value, 0, $line;
}

# All keys that contain a text.
sub keys_with {
    my ($self, $text) = @_;
    my ($cursor, @keys) = (0);
    do {
        my $page = $self->command('SCAN', $cursor, 'MATCH', "*$text*",
            'COUNT', 1000);
        $cursor = $page->[0];
        push @keys, @{ $page->[1] };
    } while ($cursor ne '0');
    return @keys;
}

1;
